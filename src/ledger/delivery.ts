import { deliveryStatuses, type DeliveryStatus } from "../contract/words.ts";
import type { Ledger, Step } from "./state.ts";
import { findVerification } from "./view.ts";

/** What Twilio's status callback says of one message. */
export interface DeliveryReport {
  readonly id: string;
  /** Which send of the verification it speaks of, counted from 1. */
  readonly send: number;
  readonly status: DeliveryStatus;
  readonly errorCode?: number;
}

/**
 * Keeps the furthest state of the newest message: callbacks come late, twice and out of order.
 * False when the report is about nothing that is known, or tells nothing new.
 */
export function recordDelivery(ledger: Ledger, report: DeliveryReport): Step<boolean> {
  const next = structuredClone(ledger);
  const verification = findVerification(next, report.id);
  if (verification === undefined || report.send > verification.sends)
    return { outcome: false, next };
  const known = verification.delivery;
  const isNews =
    known === undefined ||
    report.send > known.send ||
    (report.send === known.send && rank(report.status) > rank(known.status));
  if (!isNews) return { outcome: false, next };
  const { send, status, errorCode } = report;
  verification.delivery = { send, status, ...(errorCode !== undefined && { errorCode }) };
  return { outcome: true, next };
}

/** `delivered`, `undelivered` and `failed` are all final: the first of them stands. */
function rank(status: DeliveryStatus): number {
  return Math.min(deliveryStatuses.indexOf(status), 2);
}
