import { verificationLifetimeMs } from "../twilio/verify.ts";
import { lineOf } from "./lease.ts";
import type { Lease, SharedCode, SharedCodeState } from "./code-state.ts";
import type { Ledger } from "./state.ts";
import { endVerification } from "./view.ts";

/** How a send of a code of Twilio Verify ended. */
export type SendEvent =
  | { readonly kind: "sent"; readonly sid: string; readonly expiresAtMs: number }
  | { readonly kind: "refused" | "unknown" | "lease_ended" };

/**
 * Applies the end of a send to the state of its code. Changes `ledger`. `endCode` makes any code `over`.
 *
 * | before  | sent                           | unknown | lease ended                    | refused   |
 * |---------|--------------------------------|---------|--------------------------------|-----------|
 * | opening | live                           | unnamed | unnamed, unsure after a cancel | forgotten |
 * | unnamed | live                           | unnamed | unnamed                        | unnamed   |
 * | live    | live; with another sid over, and a new code is live | unnamed | unnamed  | live      |
 *
 * A send without an answer makes a live code unnamed, because Twilio may have made a new sid for it.
 */
export function settleCode(ledger: Ledger, lease: Lease, event: SendEvent, nowMs: number): void {
  const before = sharedCodeOf(ledger, lease.code);
  if (before === undefined) return;
  const { state } = before;
  if (event.kind === "refused") return settleRefused(ledger, lease, state.name, nowMs);
  const isOther = event.kind === "sent" && state.name === "live" && state.sid !== event.sid;
  if (isOther) endCode(ledger, lease.code, "expired", nowMs, lease.verification);
  const name = isOther || state.name === "over" ? lease.name : lease.code;
  const code = name === lease.code ? before : newSharedCode(ledger, lease, before);
  const line = lineOf(ledger, code.service);
  line.code = name;
  if (event.kind === "sent") {
    code.state = { name: "live", sid: event.sid };
    if (state.name !== "live" || isOther) code.expiresAtMs = event.expiresAtMs;
    delete line.mayLiveUntilMs;
    return;
  }
  const isUnsure = event.kind === "lease_ended" && lease.work === "cancel_and_send";
  const isOrWasUnsure = isUnsure || code.state.name === "unsure";
  code.state = { name: isOrWasUnsure ? "unsure" : "unnamed", send: lease.name };
  // If Twilio receives the send at all, it does so before the lease ends.
  line.mayLiveUntilMs = lease.untilMs + verificationLifetimeMs;
}

function settleRefused(
  ledger: Ledger,
  lease: Lease,
  state: SharedCodeState["name"],
  nowMs: number,
): void {
  if (state === "opening") delete ledger.codes[lease.code];
  const verification = ledger.verifications[lease.verification];
  if (state === "over" && verification !== undefined)
    endVerification(verification, "canceled", nowMs);
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
