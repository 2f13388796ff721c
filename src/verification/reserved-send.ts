import type { BudgetOutcome } from "../guard/budget.ts";
import type { AddressOutcome, AddressRefusal } from "../guard/kv-windows.ts";
import type { SendBudget } from "../guard/send-budget.ts";
import type { Runtime } from "../lib/runtime.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import type { Dispatch, Dispatched, Parcel } from "./dispatch.ts";
import { troubleRetrySeconds, type Trouble } from "./engine.ts";
import type { LedgerView } from "./ledger-view.ts";
import type { PreviousSend, SendResult } from "./ledger.ts";
import type { NumberLedger } from "./ledgers.ts";
import { maskPhoneNumber } from "./phone-number.ts";
import type { Cancelable, NumberRefusal } from "./shared-code.ts";
import type { TwilioVerify } from "./twilio-verify.ts";
import type { VerificationHandle } from "./verification-id.ts";

/** Why nothing was sent. */
export type SendRefusal =
  | AddressRefusal
  | NumberRefusal
  | Extract<BudgetOutcome, { kind: "send_budget_exhausted" }>
  | StoreUnavailable
  | Trouble;

/** What the one hop before Twilio has reserved, or not. */
export interface Reservation {
  readonly ledger: NumberLedger;
  readonly handle: VerificationHandle;
  readonly send: string;
  readonly reserved: { readonly kind: string };
  readonly budget: BudgetOutcome | StoreUnavailable;
  /** What a refused resend puts back. */
  readonly previous: PreviousSend | undefined;
}

interface SendDeps {
  readonly runtime: Runtime;
  readonly budget: SendBudget;
  readonly dispatch: Dispatch;
  readonly verify: TwilioVerify;
}

/**
 * The refusal of address or budget, if the ledger has not refused before the budget could. What was
 * reserved and is of no use is given back.
 */
export function refusalOf(
  deps: SendDeps,
  reservation: Reservation,
  allowed: AddressOutcome,
): Exclude<SendRefusal, Trouble | NumberRefusal> | undefined {
  const { reserved, budget } = reservation;
  const isSend = reserved.kind === "send";
  const spent = isSend && budget.kind !== "reserved" ? budget : undefined;
  const refusal = allowed.kind === "pass" ? spent : allowed;
  if (refusal !== undefined || !isSend) void settle(deps, reservation, { kind: "refused" });
  return refusal;
}

/** Sends what was reserved, and writes down what became of it. */
export async function sendReserved(
  deps: SendDeps,
  reservation: Reservation,
  about: Omit<Parcel, "handle" | "expiresAtMs"> & {
    readonly view: LedgerView;
    readonly cancelFirst: Cancelable | undefined;
  },
): Promise<{ readonly kind: "sent"; readonly view: LedgerView } | Trouble> {
  const { handle } = reservation;
  const { to, channel, view, cancelFirst } = about;
  if (cancelFirst !== undefined && !(await deps.verify.cancel({ ...cancelFirst, to }))) {
    void settle(deps, reservation, { kind: "refused" });
    return { kind: "provider_unavailable", retryAfterSeconds: troubleRetrySeconds };
  }
  const dispatched = await deps.dispatch.send({ ...about, handle, expiresAtMs: view.expiresAtMs });
  const { ending } = dispatched;
  const masked = maskPhoneNumber(to);
  if (ending.kind !== "sent") {
    void settle(deps, reservation, ending);
    deps.runtime.log("verification.refused", { to: masked, channel, reason: ending.trouble.kind });
    return ending.trouble;
  }
  const result = sentResult(dispatched, view);
  const settled = settle(deps, reservation, result);
  // A check must find the code that took over; otherwise nobody waits for the ledger.
  if (dispatched.fallback !== undefined) await settled;
  deps.runtime.log("verification.sent", { to: masked, channel });
  return { kind: "sent", view: { ...view, expiresAtMs: result.expiresAtMs } };
}

function sentResult(
  { ending, fallback }: Dispatched,
  view: LedgerView,
): Extract<SendResult, { kind: "sent" }> {
  const sent = ending.kind === "sent" ? ending : undefined;
  return {
    kind: "sent",
    expiresAtMs: fallback?.expiresAtMs ?? sent?.expiresAtMs ?? view.expiresAtMs,
    ...(sent && { reference: sent.reference }),
    ...(fallback && { fallback: fallback.own }),
  };
}

/** In the background: a confirmation that is lost counts as sent, in the ledger and the budget. */
function settle(
  deps: SendDeps,
  { ledger, handle, send, reserved, budget, previous }: Reservation,
  ending: { readonly kind: "refused" | "unknown" } | Extract<SendResult, { kind: "sent" }>,
): Promise<unknown> {
  const result: SendResult =
    ending.kind === "sent"
      ? ending
      : ending.kind === "unknown"
        ? { kind: "unknown" }
        : { kind: "refused", ...(previous && { previous }) };
  const work = Promise.all([
    reserved.kind === "send" && ledger.settleSend({ id: handle.nonce, send, result }),
    budget.kind === "reserved" && deps.budget.settle({ id: send, sent: ending.kind !== "refused" }),
  ]);
  deps.runtime.background("store.failed", work);
  return work;
}
