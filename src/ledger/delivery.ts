import { deliveryStatuses, type DeliveryStatus } from "../contract/words.ts";
import type { Ledger, Step } from "./state.ts";
import { findVerification } from "./view.ts";

/** What Twilio's status callback reports about one message. */
export interface DeliveryReport {
  readonly id: string;
  /** The number of the send within its verification, from 1. */
  readonly send: number;
  readonly status: DeliveryStatus;
  readonly errorCode?: number;
}

/**
 * Stores the furthest status of the newest message, because callbacks come late, twice and out of order.
 * The outcome is false if the verification is unknown or the report is not new.
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

/** `delivered`, `undelivered` and `failed` are final, so the first of them stays. */
function rank(status: DeliveryStatus): number {
  return Math.min(deliveryStatuses.indexOf(status), 2);
}
