import { releaseLine } from "./lease.ts";
import { endOverdueLeases } from "./overdue-leases.ts";
import { returnSend, takeBackSend, takeReservation, usedBy } from "./sends.ts";
import { endCode, settleCode, sharedCodeOf } from "./shared-code.ts";
import { hiddenSid, type Lease, type ProtectedCode } from "./code-state.ts";
import type { Ledger, Reserved, Step, Verification } from "./state.ts";
import { codeOf, endVerification, findVerification } from "./view.ts";

export interface SendSettlement {
  readonly id: string;
  /** The name of the send and of its lease. */
  readonly send: string;
  /** Twilio has canceled the replaced code. */
  readonly hasCanceled?: boolean;
  readonly result: SendResult;
}

export type SendResult =
  | {
      readonly kind: "sent";
      readonly expiresAtMs: number;
      /** Twilio's sid of the verification or the message. */
      readonly sid: string;
      /** Set if engine `messaging` took over. The verification then uses this code. */
      readonly fallback?: ProtectedCode;
    }
  /** A test number: it counts as sent, and no provider was called. */
  | { readonly kind: "nothing_to_send" }
  /** No code was sent. The reservation is given back once, and only as long as the lease is valid. */
  | { readonly kind: "refused" }
  /** The code may have been sent. So the send stays counted. */
  | { readonly kind: "unknown" };

/** Stores how a reserved send ended, and frees the line. Idempotent. */
export function settleSend(ledger: Ledger, settlement: SendSettlement, nowMs: number): Step<void> {
  const next = endOverdueLeases(ledger, nowMs);
  const verification = findVerification(next, settlement.id);
  if (verification === undefined) return { outcome: undefined, next };
  const lease = releaseLine(next, settlement.send);
  const reserved = takeReservation(next, verification.caller, settlement.send, nowMs);
  if (reserved === undefined) noteLateSid(next, verification, settlement);
  else applyResult(next, verification, { settlement, lease, before: reserved.before }, nowMs);
  return { outcome: undefined, next };
}

/**
 * Settles after the lease has ended, or again. Only the fact that it was sent, and its sid, can be
 * new.
 */
function noteLateSid(ledger: Ledger, verification: Verification, settlement: SendSettlement): void {
  const { result } = settlement;
  if (result.kind !== "sent" && result.kind !== "nothing_to_send") return;
  if (verification.start === "reserved") verification.start = "sent";
  if (result.kind === "nothing_to_send") return;
  const code = sharedCodeOf(ledger, verification.code);
  if (code === undefined || result.fallback !== undefined || result.sid === hiddenSid) return;
  if (code.state.name !== "unnamed" && code.state.name !== "unsure") return;
  // A later send of the same code may have got another sid, after a cancel with a lost answer.
  if (code.state.send !== settlement.send) return;
  code.state = { name: "live", sid: result.sid };
  code.expiresAtMs = result.expiresAtMs;
}

interface Settled {
  readonly settlement: SendSettlement;
  /** Absent for a code of our own. */
  readonly lease: Lease | undefined;
  /** What is restored if a resend is refused. Absent for a start. */
  readonly before: Reserved["before"];
}

function applyResult(
  ledger: Ledger,
  verification: Verification,
  { settlement, lease, before }: Settled,
  nowMs: number,
): void {
  const { result, hasCanceled } = settlement;
  const replaced = lease?.work === "cancel_and_send" ? replacedBy(ledger, lease) : undefined;
  switch (result.kind) {
    case "sent":
      if (verification.start === "reserved") verification.start = "sent";
      noteSent(ledger, verification, settlement.id, result, lease, nowMs);
      break;
    case "nothing_to_send":
      if (verification.start === "reserved") verification.start = "sent";
      break;
    case "unknown":
      if (lease !== undefined) settleCode(ledger, lease, result, nowMs);
      if (verification.start !== "reserved") break;
      verification.start = "unknown";
      // The caller got a failure and has no id, so no caller can use this verification.
      endVerification(verification, "canceled", nowMs);
      break;
    case "refused":
      returnSend(ledger, verification, settlement.send, before);
      if (lease !== undefined) settleCode(ledger, lease, result, nowMs);
      if (before === undefined) removeStart(ledger, settlement.id, verification);
      break;
  }
  if (hasCanceled && replaced !== undefined) endCode(ledger, replaced, "canceled", nowMs);
}

function replacedBy(ledger: Ledger, { code }: Lease): string | undefined {
  const { service } = sharedCodeOf(ledger, code) ?? {};
  return service === undefined ? undefined : ledger.lines[service]?.code;
}

function noteSent(
  ledger: Ledger,
  verification: Verification,
  id: string,
  { sid, expiresAtMs, fallback }: Extract<SendResult, { kind: "sent" }>,
  lease: Lease | undefined,
  nowMs: number,
): void {
  const { caller } = verification;
  const code = codeOf(ledger, verification);
  if (code.engine === "messaging") {
    code.messageSid = sid;
  } else if (lease !== undefined && fallback === undefined) {
    settleCode(ledger, lease, { kind: "sent", sid, expiresAtMs }, nowMs);
  } else if (lease !== undefined && fallback !== undefined) {
    takeBackSend(code, caller);
    // The fallback does not give the caller new attempts.
    const { attempts } = usedBy(code, caller);
    const used = { [caller]: { sends: 1, attempts } };
    verification.code = `${id}.own`;
    ledger.codes[verification.code] = {
      engine: "messaging",
      protected: fallback,
      expiresAtMs,
      used,
      messageSid: sid,
    };
    settleCode(ledger, lease, { kind: "refused" }, nowMs);
  }
}

/** Removes a refused start and the code that was made for it. */
function removeStart(ledger: Ledger, id: string, { code }: Verification): void {
  delete ledger.verifications[id];
  if (ledger.codes[code]?.engine === "messaging") delete ledger.codes[code];
}
