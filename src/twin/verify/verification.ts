import { verifyTime } from "../answer.ts";
import { newSid } from "../ids.ts";
import type { InboxChannel } from "../inbox.ts";
import { TWIN_ACCOUNT_SID } from "../seed.ts";
import type { Service } from "./service.ts";

/** One code for one number and one service. Every resend sends the same code. */
export interface Verification {
  sid: string;
  serviceSid: string;
  to: string;
  channel: InboxChannel;
  locale: string | null;
  status: "pending" | "approved" | "canceled";
  code: string;
  /** PSD2: the amount that the code confirms. Stored only for a service with PSD2. */
  amount: string | null;
  payee: string | null;
  createdMs: number;
  updatedMs: number;
  wrongChecks: number;
  sends: { sid: string; atMs: number; channel: InboxChannel }[];
}

/** The lifetime from the first send. A resend does not extend it. */
const LIFETIME_MS = 10 * 60 * 1000;
const MAX_SENDS = 5;
const MAX_WRONG_CHECKS = 5;

/** The checked parameters of a start. */
export interface Start {
  service: Service;
  to: string;
  channel: InboxChannel;
  locale: string | null;
  amount: string | null;
  payee: string | null;
  code: string;
}

export function isPending(verification: Verification, nowMs: number): boolean {
  return verification.status === "pending" && nowMs < verification.createdMs + LIFETIME_MS;
}

/**
 * Sends the code of the pending verification of this number and service, or of a new one. All
 * callers who start for one number share it. Returns undefined if its five sends are used up.
 */
export function send(
  verifications: Verification[],
  start: Start,
  nowMs: number,
): Verification | undefined {
  const { service, to, channel } = start;
  let verification = verifications.find(
    (known) => known.serviceSid === service.sid && known.to === to && isPending(known, nowMs),
  );
  if (verification && verification.sends.length >= MAX_SENDS) return undefined;
  if (!verification) {
    const { locale, amount, payee, code } = start;
    const times = { createdMs: nowMs, updatedMs: nowMs };
    const rest = { locale, code, amount, payee, ...times, wrongChecks: 0, sends: [] };
    const names = { sid: newSid("VE"), serviceSid: service.sid, to, channel };
    verification = { ...names, status: "pending", ...rest };
    verifications.push(verification);
  }
  verification.channel = channel;
  verification.locale = start.locale ?? verification.locale;
  verification.updatedMs = nowMs;
  verification.sends.push({ sid: newSid("VL"), atMs: nowMs, channel });
  return verification;
}

export type CheckOutcome = "approved" | "wrong" | "exhausted";

/** Checks a code. With PSD2, a different amount or payee counts as a wrong code. */
export function check(
  verification: Verification,
  given: { code: string; amount: string | null; payee: string | null },
  nowMs: number,
): CheckOutcome {
  if (verification.wrongChecks >= MAX_WRONG_CHECKS) return "exhausted";
  verification.updatedMs = nowMs;
  const { code, amount, payee } = verification;
  const isRight =
    given.code === code &&
    (amount === null || given.amount === amount) &&
    (payee === null || given.payee === payee);
  if (!isRight) {
    verification.wrongChecks += 1;
    return "wrong";
  }
  verification.status = "approved";
  return "approved";
}

/**
 * Finds a verification by its sid, or the newest one of a number. Approved and expired
 * verifications are not found; canceled ones are.
 */
export function findShown(
  verifications: Verification[],
  serviceSid: string,
  sidOrNumber: string,
  nowMs: number,
): Verification | undefined {
  return verifications.findLast(
    (verification) =>
      verification.serviceSid === serviceSid &&
      (verification.sid === sidOrNumber || verification.to === sidOrNumber) &&
      // That a canceled verification can still be fetched is a guess.
      (verification.status === "canceled" || isPending(verification, nowMs)),
  );
}

/** Renders the fields that a fetch, a start, a check and an update share. */
function renderCommon(verification: Verification): Record<string, unknown> {
  const { sid, serviceSid, to, channel, status, amount, payee } = verification;
  return {
    sid,
    service_sid: serviceSid,
    account_sid: TWIN_ACCOUNT_SID,
    to,
    channel,
    status,
    valid: status === "approved",
    amount,
    payee,
    date_created: verifyTime(verification.createdMs),
    date_updated: verifyTime(verification.updatedMs),
  };
}

export function renderVerification(
  verification: Verification,
  lookup: object,
): Record<string, unknown> {
  const { sid, serviceSid, sends } = verification;
  return {
    ...renderCommon(verification),
    lookup,
    send_code_attempts: sends.map((attempt) => ({
      time: verifyTime(attempt.atMs),
      // Twilio writes SMS and CALL, but whatsapp.
      channel: attempt.channel === "whatsapp" ? "whatsapp" : attempt.channel.toUpperCase(),
      attempt_sid: attempt.sid,
    })),
    sna: null,
    url: `https://verify.twilio.com/v2/Services/${serviceSid}/Verifications/${sid}`,
  };
}

export function renderCheck(verification: Verification): Record<string, unknown> {
  return { ...renderCommon(verification), sna_attempts_error_codes: [] };
}
