import type { Code, Ledger, Verification } from "./state.ts";
import { codeOf, end, handlesOn, outstandingOf, statusOf } from "./view.ts";
import { endRenewed, noteDying } from "./shared-code.ts";

/** Another sid than the known one is another code: Twilio counts its checks and sends anew. */
export function confirmCode(
  ledger: Ledger,
  id: string,
  verification: Verification,
  result: { readonly expiresAtMs: number; readonly reference?: string },
  nowMs: number,
): void {
  if (result.reference === undefined) return;
  // An answer that comes after its code's end says nothing of the one that is live now.
  if (nowMs < result.expiresAtMs) followLive(ledger, verification, result.reference, nowMs);
  const code = codeOf(ledger, verification);
  if (code.engine === "messaging") {
    code.reference = result.reference;
    return;
  }
  const isOther = code.reference !== undefined && code.reference !== result.reference;
  const isUsed = !isOther && code.attempts.some(({ state }) => state === "right");
  // Of two sids the younger stands, whichever answer comes first.
  if (isOther && result.expiresAtMs < code.expiresAtMs) return;
  if (isOther || result.expiresAtMs > code.expiresAtMs)
    endWhatIsOver(ledger, verification.code, id, nowMs);
  if (isOther) {
    // What is still being judged must find its attempt when it comes back.
    code.attempts = outstandingOf(code);
    code.sends = { [verification.caller]: 1 };
    delete code.exhausted;
  }
  code.reference = result.reference;
  code.expiresAtMs = result.expiresAtMs;
  // It was used while this send of it was on its way.
  if (isUsed) end(verification, "canceled", nowMs);
  endIfShared(ledger, code, nowMs);
  noteDying(ledger, code.service);
}

/** Twilio has sent one code for two transactions: it confirms neither. */
function endIfShared(ledger: Ledger, { service, reference, binding }: Code, nowMs: number): void {
  const same = Object.entries(ledger.codes).filter(
    ([, code]) => code.service === service && code.reference === reference,
  );
  if (same.every(([, code]) => code.binding === binding)) return;
  for (const handle of same.flatMap(([name]) => handlesOn(ledger, name)))
    end(handle, "canceled", nowMs);
}

/** Twilio has one verification: a send that outlived its code stands on the one that is live now. */
function followLive(
  ledger: Ledger,
  verification: Verification,
  reference: string,
  nowMs: number,
): void {
  const code = codeOf(ledger, verification);
  const { service } = code;
  if (service === undefined || reference === code.reference) return;
  const liveId = ledger.live[service];
  const live = liveId === undefined ? undefined : ledger.codes[liveId];
  if (liveId === verification.code) return;
  if (liveId === undefined || live === undefined || nowMs >= live.expiresAtMs) {
    ledger.live[service] = verification.code;
    return;
  }
  if (verification.ended !== undefined) return;
  // Its message has brought a code that confirms another transaction.
  if (live.binding !== code.binding) return end(verification, "canceled", nowMs);
  verification.code = liveId;
  endRenewed(ledger, live, nowMs);
  // Somebody stands on it again.
  delete live.dying;
  live.sends[verification.caller] = (live.sends[verification.caller] ?? 0) + 1;
}

/** A code that gets another life gives none to the verifications that are over by then. */
function endWhatIsOver(ledger: Ledger, name: string, exceptId: string, nowMs: number): void {
  for (const [id, handle] of Object.entries(ledger.verifications)) {
    if (handle.code !== name || id === exceptId) continue;
    const status = statusOf(handle, codeOf(ledger, handle), nowMs);
    if (status !== "pending") end(handle, status, nowMs);
  }
}
