import { verificationLifetimeMs } from "../twilio/verify.ts";
import { lineOf } from "./lease.ts";
import { hiddenSid, type Lease, type SharedCode } from "./code-state.ts";
import { transitionOf, type SendEvent } from "./code-transitions.ts";
import type { Ledger } from "./state.ts";
import { endVerification } from "./view.ts";

/** Applies the end of a send to the state of its code. Changes `ledger`. */
export function settleCode(ledger: Ledger, lease: Lease, event: SendEvent, nowMs: number): void {
  const before = sharedCodeOf(ledger, lease.code);
  if (before === undefined) return;
  const { state } = before;
  // A hidden send makes no code at Twilio, so a code that may be live there stays as it is.
  const isHidden = event.kind === "sent" && event.sid === hiddenSid;
  if (isHidden && state.name !== "opening" && state.name !== "over") return;
  const transition = transitionOf(state, lease, event);
  if (transition === "stays") return;
  if (transition === "forgotten") {
    delete ledger.codes[lease.code];
    return;
  }
  if (transition === "canceled") {
    const verification = ledger.verifications[lease.verification];
    if (verification !== undefined) endVerification(verification, "canceled", nowMs);
    return;
  }
  const { to, isNew = false } = transition;
  if (isNew && state.name === "live")
    endCode(ledger, lease.code, "expired", nowMs, lease.verification);
  const code = isNew ? newSharedCode(ledger, lease, before) : before;
  const line = lineOf(ledger, code.service);
  line.code = isNew ? lease.name : lease.code;
  if (event.kind === "sent") {
    code.state = { name: "live", sid: event.sid };
    if (state.name !== "live" || isNew || state.sid === hiddenSid)
      code.expiresAtMs = event.expiresAtMs;
    delete line.mayLiveUntilMs;
  } else if (to !== "live") {
    code.state = { name: to, send: lease.name };
    // If Twilio receives the send at all, it does so before the lease ends.
    line.mayLiveUntilMs = lease.untilMs + verificationLifetimeMs;
  }
}

/** Makes a new code for the verification of the lease, because its old code is over. */
function newSharedCode(ledger: Ledger, lease: Lease, before: SharedCode): SharedCode {
  const { engine, service, binding, expiresAtMs } = before;
  const verification = ledger.verifications[lease.verification];
  const used = verification && { [verification.caller]: { sends: 1, attempts: 0 } };
  const bound = binding === undefined ? {} : { binding };
  const state = { name: "opening" } as const;
  const code: SharedCode = { engine, service, ...bound, state, expiresAtMs, used: used ?? {} };
  ledger.codes[lease.name] = code;
  if (verification !== undefined) verification.code = lease.name;
  return code;
}

/**
 * Ends the code and all verifications that use it. The verification whose send is in flight is left out,
 * because that send will show whether Twilio has made a new code. Changes `ledger`.
 */
export function endCode(
  ledger: Ledger,
  name: string,
  status: "canceled" | "expired",
  nowMs: number,
  sending?: string,
): void {
  const code = sharedCodeOf(ledger, name);
  if (code === undefined) return;
  code.state = { name: "over" };
  const line = lineOf(ledger, code.service);
  if (line.code === name) {
    delete line.code;
    delete line.mayLiveUntilMs;
  }
  const isSending = line.lease !== undefined && line.lease.work !== "check";
  const except = isSending ? line.lease?.verification : sending;
  for (const [id, verification] of Object.entries(ledger.verifications))
    if (verification.code === name && id !== except) endVerification(verification, status, nowMs);
}

/** Returns the code with this name if it is a code of Twilio Verify. */
export function sharedCodeOf(ledger: Ledger, name: string): SharedCode | undefined {
  const code = ledger.codes[name];
  return code?.engine === "verify" ? code : undefined;
}

/** Returns the mark for an attempt whose answer was lost. */
export function unansweredAttempt(
  { state }: SharedCode,
  attempt: string,
): NonNullable<SharedCode["unanswered"]> {
  return state.name === "live" ? { attempt, sid: state.sid } : { attempt };
}
