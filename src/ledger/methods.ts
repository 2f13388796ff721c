import { cancelVerification } from "./cancel.ts";
import { beginCheck, settleCheck } from "./check.ts";
import { recordDelivery } from "./delivery.ts";
import { revokeDevices } from "./known-devices.ts";
import { consumeProof } from "./proof.ts";
import { readVerification } from "./read.ts";
import { resetLocks } from "./reset-locks.ts";
import { rememberPhoneLine } from "./phone-line.ts";
import { beginResend } from "./resend.ts";
import { settleSend } from "./settle-send.ts";
import { forgetSubjects, readSubjects, recordSubject } from "./subjects.ts";
import { beginStart } from "./start.ts";
import type { Ledger, Step } from "./state.ts";

/**
 * All methods of a number's ledger, each with its rule. The object and its caller follow from this list.
 * An idempotent method is retried once if its answer was lost.
 */
export const ledgerMethods = {
  beginStart: { rule: beginStart, idempotent: false },
  settleSend: { rule: settleSend, idempotent: true },
  beginResend: { rule: beginResend, idempotent: false },
  beginCheck: { rule: beginCheck, idempotent: false },
  settleCheck: { rule: settleCheck, idempotent: true },
  cancel: { rule: cancelVerification, idempotent: true },
  read: { rule: readVerification, idempotent: true },
  consumeProof: { rule: consumeProof, idempotent: true },
  revokeDevices: { rule: revokeDevices, idempotent: true },
  /** Not idempotent: a grant of attempts counts once a day. */
  resetLocks: { rule: resetLocks, idempotent: false },
  recordSubject: { rule: recordSubject, idempotent: true },
  readSubjects: { rule: readSubjects, idempotent: true },
  forgetSubjects: { rule: forgetSubjects, idempotent: true },
  rememberPhoneLine: { rule: rememberPhoneLine, idempotent: true },
  recordDelivery: { rule: recordDelivery, idempotent: true },
} as const;

export type LedgerMethod = keyof typeof ledgerMethods;
type RuleOf<Method extends LedgerMethod> = (typeof ledgerMethods)[Method]["rule"];
export type RequestOf<Method extends LedgerMethod> = Parameters<RuleOf<Method>>[1];
export type OutcomeOf<Method extends LedgerMethod> = ReturnType<RuleOf<Method>>["outcome"];

const rules: {
  readonly [Method in LedgerMethod]: {
    readonly rule: (
      ledger: Ledger,
      request: RequestOf<Method>,
      nowMs: number,
    ) => Step<OutcomeOf<Method>>;
  };
} = ledgerMethods;

/** Applies the rule of a method to a ledger. */
export function applyMethod<Method extends LedgerMethod>(
  method: Method,
  request: RequestOf<Method>,
  ledger: Ledger,
  nowMs: number,
): Step<OutcomeOf<Method>> {
  return rules[method].rule(ledger, request, nowMs);
}
