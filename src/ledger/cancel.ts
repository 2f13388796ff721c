import type { Ledger, Step, Verification } from "./state.ts";
import { codeOf, end, find, handlesOn } from "./view.ts";
import { failOverdueAttempts } from "./overdue-attempts.ts";
import { cancelable, forgetLive, isLive, type Cancelable } from "./shared-code.ts";

/** However often a DELETE is said, Twilio is not asked more often while it refuses. */
const cancelPauseMs = 30_000;

export type CancelOutcome =
  | { readonly kind: "not_found" }
  | {
      readonly kind: "canceled";
      readonly sealedNumber: string;
      readonly atTwilio?: Cancelable;
    };

/** Ends one handle; Twilio's verification goes with the last that stands on it. */
export function cancelVerification(ledger: Ledger, id: string, nowMs: number): Step<CancelOutcome> {
  const next = failOverdueAttempts(ledger, nowMs);
  const found = find(next, id);
  if (found === undefined) return { outcome: { kind: "not_found" }, next };
  const { verification, code } = found;
  const { sealedNumber } = verification;
  // Said again, Twilio is told again, as long as it is not known to have heard.
  if (verification.ended !== undefined) {
    const atTwilio = dyingAtTwilio(next, verification, nowMs);
    return { outcome: { kind: "canceled", sealedNumber, ...atTwilio }, next };
  }
  end(verification, "canceled", nowMs);
  const others = handlesOn(next, verification.code).filter((other) => other.ended === undefined);
  const isLast = others.length === 0 && isLive(next, verification.code);
  if (isLast && nowMs < code.expiresAtMs) code.dying = true;
  const atTwilio = dyingAtTwilio(next, verification, nowMs);
  return { outcome: { kind: "canceled", sealedNumber, ...atTwilio }, next };
}

/** As long as its sid is not known there is nothing to name it by. */
function dyingAtTwilio(
  ledger: Ledger,
  verification: Verification,
  nowMs: number,
): { atTwilio?: Cancelable } {
  const code = codeOf(ledger, verification);
  const atTwilio = cancelable(code);
  const isDying = code.dying === true && isLive(ledger, verification.code);
  if (!isDying || atTwilio === undefined) return {};
  if (nowMs < (code.cancelAskedAtMs ?? -cancelPauseMs) + cancelPauseMs) return {};
  code.cancelAskedAtMs = nowMs;
  return { atTwilio };
}

/** Twilio has canceled it: nothing of it has to be canceled by the next start. */
export function confirmCanceled(ledger: Ledger, { service, reference }: Cancelable): Step<void> {
  const next = structuredClone(ledger);
  const name = next.live[service];
  const code = name === undefined ? undefined : next.codes[name];
  if (name !== undefined && code?.dying === true && code.reference === reference)
    forgetLive(next, name);
  return { outcome: undefined, next };
}
