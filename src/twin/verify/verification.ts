import { verifyTime } from "../answer.ts";
import { newSid } from "../ids.ts";
import type { InboxChannel } from "../inbox.ts";
import { TWIN_ACCOUNT_SID } from "../seed.ts";
import type { Service } from "./service.ts";

/** One code for one number of one service, however often it is sent. */
export interface Verification {
  sid: string;
  serviceSid: string;
  to: string;
  channel: InboxChannel;
  locale: string | null;
  status: "pending" | "approved" | "canceled";
  code: string;
  /** PSD2: what the code confirms; kept only for a service that has it switched on. */
  amount: string | null;
  payee: string | null;
  createdMs: number;
  updatedMs: number;
  wrongChecks: number;
  sends: { sid: string; atMs: number; channel: InboxChannel }[];
}

/** Counted from the first send; a resend does not extend it. */
const LIFETIME_MS = 10 * 60 * 1000;
const MAX_SENDS = 5;
const MAX_WRONG_CHECKS = 5;

/** What a start asks for, with its parameters already judged. */
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
 * Sends on the pending verification of this number and service, or on a new one: all who start for
 * one number share it. Undefined when its five sends are used up.
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

/** Judges a code. With PSD2, an amount or payee that differs makes it as wrong as another code. */
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

/** By sid, or the newest one of a number. Approved and expired ones are gone; canceled ones stay. */
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
      // That a canceled one can still be fetched rests on weak evidence.
      (verification.status === "canceled" || isPending(verification, nowMs)),
  );
}

/** What a fetch, a start, a check and an update all show. */
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
