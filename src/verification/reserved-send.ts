import type { Config } from "../config.ts";
import { countriesDefaults } from "../config/guard-rules.ts";
import type { BudgetOutcome, HeldUp } from "../guard/budget.ts";
import type { GuardRefusal } from "../guard/guard.ts";
import type { AddressOutcome, AddressRefusal } from "../guard/kv-windows.ts";
import type { Verdict } from "../guard/rule-mode.ts";
import type { SendBudget } from "../guard/send-budget.ts";
import type { Runtime } from "../runtime.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import type { Dispatch, Dispatched, Parcel } from "../sending/dispatch.ts";
import { troubleRetrySeconds, type Trouble } from "../sending/engine.ts";
import type { LedgerView } from "../ledger/view.ts";
import type {
  PreviousSend,
  ResendReservation,
  SendResult,
  StartReservation,
} from "../ledger/reserve.ts";
import type { NumberLedger } from "../ledger/ledgers.ts";
import type { Cancelable, NumberRefusal } from "../ledger/shared-code.ts";
import type { TwilioVerify } from "../sending/twilio-verify.ts";
import type { VerificationHandle } from "../handles/verification-id.ts";

/** Why nothing was sent. */
export type SendRefusal =
  | AddressRefusal
  | NumberRefusal
  | GuardRefusal
  | Exclude<BudgetOutcome, { kind: "reserved" | "held_up" }>
  | StoreUnavailable
  | Trouble;

/** What the one hop before Twilio has reserved, or not. */
export interface Reservation {
  readonly ledger: NumberLedger;
  readonly handle: VerificationHandle;
  readonly send: string;
  readonly reserved: StartReservation | ResendReservation | StoreUnavailable;
  readonly budget: BudgetOutcome | StoreUnavailable;
  /** What a refused resend puts back. */
  readonly previous: PreviousSend | undefined;
  /** Set where the answer promises that a repetition gets it again (`Idempotency-Key`). */
  readonly isRepeatable?: boolean;
}

interface SendDeps {
  readonly config: Pick<Config, "guard">;
  readonly runtime: Runtime;
  readonly budget: SendBudget;
  readonly dispatch: Dispatch;
  readonly verify: TwilioVerify;
}

/**
 * Gives back what was reserved, unless a send will follow. Returns the refusal of address, budget or
 * breaker. These come before the number's own refusal: in a spent day, and where a breaker is open,
 * all numbers have one answer, so that it tells nothing of a number.
 */
export function releaseUnlessSending(
  deps: SendDeps,
  reservation: Reservation,
  allowed: AddressOutcome,
): Exclude<SendRefusal, Trouble> | undefined {
  const { reserved, budget } = reservation;
  const isSend = reserved.kind === "send";
  const wouldSend = isSend || reserved.kind === "number_refused";
  const refusal = ofAddress(allowed) ?? (wouldSend ? ofBudget(budget) : undefined);
  // A device token is worth what the ledger says; the others have judged its holder as known.
  const isStranger = isSend && !reserved.isKnown;
  const told = refusal ?? (isStranger ? ifStranger(allowed, budget) : undefined);
  if (told !== undefined || !isSend) release(deps, reservation);
  return told;
}

function ofBudget(budget: Reservation["budget"]): Exclude<SendRefusal, Trouble> | undefined {
  if (budget.kind === "reserved") return undefined;
  return budget.kind === "held_up" ? heldUp(budget) : budget;
}

/** What a caller is told who was taken for known, and is a stranger to the ledger. */
function ifStranger(
  allowed: AddressOutcome,
  budget: Reservation["budget"],
): Exclude<SendRefusal, Trouble> | undefined {
  const abroad = allowed.kind === "pass" ? allowed.ifStranger : "pass";
  if (abroad !== "pass") return ofManyCountries(abroad);
  const told = budget.kind === "reserved" ? budget.ifStranger : undefined;
  return told && ofBudget(told);
}

/** Gives back what was reserved, in the background. */
export function release(deps: SendDeps, reservation: Reservation): void {
  void settle(deps, reservation, { kind: "refused" });
}

function ofAddress(
  allowed: AddressOutcome,
): AddressRefusal | NumberRefusal | GuardRefusal | undefined {
  if (allowed.kind === "pass") return undefined;
  return allowed.kind === "many_countries" ? ofManyCountries(allowed.verdict) : allowed;
}

function ofManyCountries(verdict: Exclude<Verdict, "pass">): NumberRefusal | GuardRefusal {
  return heldUp({ verdict, retryAfterMs: countriesDefaults.windowMs });
}

/** A rule that refuses is answered like a full number: who asks learns nothing of either. */
function heldUp({
  verdict,
  retryAfterMs,
}: Pick<HeldUp, "verdict" | "retryAfterMs">): NumberRefusal | GuardRefusal {
  return verdict === "refuse"
    ? { kind: "number_refused", retryAfterMs }
    : { kind: "captcha_required" };
}

/** Sends what was reserved, and writes down what became of it. */
export async function sendReserved(
  deps: SendDeps,
  reservation: Reservation,
  about: Omit<Parcel, "handle" | "expiresAtMs"> & {
    readonly view: LedgerView;
    readonly cancelFirst: Cancelable | undefined;
  },
): Promise<{ readonly kind: "sent"; readonly view: LedgerView } | Trouble | StoreUnavailable> {
  const { handle } = reservation;
  const { to, channel, view, cancelFirst } = about;
  if (cancelFirst !== undefined && !(await deps.verify.cancel({ ...cancelFirst, to }))) {
    void settle(deps, reservation, { kind: "refused" });
    return { kind: "provider_unavailable", retryAfterSeconds: troubleRetrySeconds };
  }
  const dispatched = await deps.dispatch.send({ ...about, handle, expiresAtMs: view.expiresAtMs });
  const { ending } = dispatched;
  if (ending.kind !== "sent") {
    void settle(deps, reservation, { kind: ending.kind });
    return ending.trouble;
  }
  const result = sentResult(dispatched, view);
  const settled = settle(deps, reservation, result);
  const event = about.sendNumber === 1 ? "verification.started" : "verification.resent";
  const price = priceOf(deps.config, handle.ledger.country);
  deps.runtime.log(event, { channel, purpose: view.purpose, price });
  // A check must find the code that took over, a repetition the answer; else nobody waits for it.
  const mustBeWritten = dispatched.fallback !== undefined || reservation.isRepeatable === true;
  if (mustBeWritten && (await settled)?.kind === "store_unavailable")
    return { kind: "store_unavailable" };
  return { kind: "sent", view: { ...view, expiresAtMs: result.expiresAtMs } };
}

/** What a send costs by `COUNTRY_PRICES`, where they are set, in the currency of `BUDGET_MONEY`. */
function priceOf({ guard }: Pick<Config, "guard">, country: string): number | undefined {
  const { money } = guard;
  return money && (money.microPrices[country] ?? money.microPrices["*"]) / 1e6;
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

/**
 * In the background: a confirmation that is lost counts as sent, in the ledger and the budget.
 * Resolves to the ledger's failure, for who has to know.
 */
async function settle(
  deps: SendDeps,
  { ledger, handle, send, reserved, budget, previous }: Reservation,
  ending: { readonly kind: "refused" | "unknown" } | Extract<SendResult, { kind: "sent" }>,
): Promise<StoreUnavailable | undefined> {
  const result: SendResult =
    ending.kind === "refused" && previous !== undefined ? { kind: "refused", previous } : ending;
  const written =
    reserved.kind === "send" ? ledger.settleSend({ id: handle.nonce, send, result }) : undefined;
  const spent =
    budget.kind === "reserved" && deps.budget.settle({ id: send, sent: ending.kind !== "refused" });
  deps.runtime.background("store.failed", Promise.all([written, spent]));
  const settled = await written;
  return settled !== undefined && "kind" in settled ? settled : undefined;
}
