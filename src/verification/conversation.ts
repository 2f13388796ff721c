import type { Config } from "../config.ts";
import type { BudgetOutcome } from "../guard/budget.ts";
import type { TestCapOutcome } from "../guard/test-cap.ts";
import { microPrice } from "../guard/money.ts";
import type { SendBudgetClient } from "../guard/send-budget.ts";
import type { Cancelable } from "../ledger/choose-code.ts";
import { hiddenSid } from "../ledger/code-state.ts";
import type { NumberLedger } from "../ledger/number-ledger.ts";
import type { SendResult, SendSettlement } from "../ledger/settle-send.ts";
import type { LedgerView } from "../ledger/view.ts";
import type { VerificationHandle } from "../handles/verification-id.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import type { Runtime } from "../runtime.ts";
import type { Dispatch, Dispatched, OutgoingCode } from "../sending/dispatch.ts";
import { troubleRetrySeconds, type Trouble } from "../sending/engine.ts";
import type { TwilioVerify } from "../sending/twilio-verify.ts";
import { Deadline } from "../twilio/deadline.ts";

/** The time limit of all calls to Twilio in one conversation. The line's lease is longer: 30 s. */
const conversationMs = 20_000;

/** Returns the deadline of a conversation that begins now. */
export const conversationDeadline = ({ now }: Pick<Runtime, "now">): Deadline =>
  new Deadline(now, conversationMs);

interface ConversationDeps {
  readonly config: Pick<Config, "guard">;
  readonly runtime: Runtime;
  readonly budget: SendBudgetClient;
  readonly dispatch: Dispatch;
  readonly verify: TwilioVerify;
}

/** One send, and what the ledger and the budget answered to its reservation. */
export interface Reservation {
  readonly ledger: NumberLedger;
  readonly handle: VerificationHandle;
  /** The random name of the send in the ledger and in the budget. */
  readonly send: string;
  readonly reserved: { readonly kind: string };
  readonly budget: BudgetOutcome | TestCapOutcome | StoreUnavailable;
  /** The request has an `Idempotency-Key`, so the answer must be stored before it is sent. */
  readonly isRepeatable?: boolean;
}

/** Gives the reservation back, in the background. */
export function release(deps: ConversationDeps, reservation: Reservation): void {
  void settle(deps, reservation, { result: { kind: "refused" } });
}

/** Cancels the number's old code if the ledger asks for that, sends the code, and settles the send. */
export async function sendCode(
  deps: ConversationDeps,
  reservation: Reservation,
  outgoing: Omit<OutgoingCode, "handle" | "expiresAtMs"> & {
    readonly view: LedgerView;
    readonly cancelFirst: Cancelable | undefined;
  },
): Promise<{ readonly kind: "sent"; readonly view: LedgerView } | Trouble | StoreUnavailable> {
  const { handle } = reservation;
  if (handle.isTest) return sendNothing(deps, reservation, outgoing);
  const { view, cancelFirst } = outgoing;
  if (!(await cancelOld(deps, outgoing))) return notCanceled(deps, reservation);
  const hasCanceled = cancelFirst !== undefined;
  const dispatched = await deps.dispatch.send({
    ...outgoing,
    handle,
    expiresAtMs: view.expiresAtMs,
  });
  const { ending, fallback } = dispatched;
  const result = resultOf(dispatched, view);
  const settled = settle(deps, reservation, { hasCanceled, result });
  if (ending.kind !== "sent") return ending.trouble;
  deps.runtime.trace.about({ sid: ending.sid });
  logSend(deps, handle, outgoing);
  // A check must find the fallback's code, and a retry must find the answer. Otherwise nothing waits.
  const mustBeStored = fallback !== undefined || reservation.isRepeatable === true;
  if (mustBeStored && (await settled) !== undefined) return { kind: "store_unavailable" };
  const expiresAtMs = result.kind === "sent" ? result.expiresAtMs : view.expiresAtMs;
  return { kind: "sent", view: { ...view, expiresAtMs } };
}

/** Cancels the number's old code at Twilio, if there is one. Returns whether the send may follow. */
async function cancelOld(
  { verify }: Pick<ConversationDeps, "verify">,
  { cancelFirst, to, deadline }: Cancellation,
): Promise<boolean> {
  if (cancelFirst === undefined || cancelFirst.sid === hiddenSid) return true;
  return verify.cancel({ ...cancelFirst, to }, deadline);
}

interface Cancellation extends Pick<OutgoingCode, "to" | "deadline"> {
  readonly cancelFirst: Cancelable | undefined;
}

function notCanceled(deps: ConversationDeps, reservation: Reservation): Trouble {
  release(deps, reservation);
  return { kind: "provider_unavailable", retryAfterSeconds: troubleRetrySeconds };
}

/** The send of a test number: it is counted as others are, and no provider is called. */
async function sendNothing(
  deps: ConversationDeps,
  reservation: Reservation,
  outgoing: Omit<OutgoingCode, "handle" | "expiresAtMs"> & { readonly view: LedgerView },
): Promise<{ readonly kind: "sent"; readonly view: LedgerView } | StoreUnavailable> {
  await pretendPause();
  const settled = settle(deps, reservation, { result: { kind: "nothing_to_send" } });
  logSend(deps, reservation.handle, outgoing);
  if (reservation.isRepeatable === true && (await settled) !== undefined)
    return { kind: "store_unavailable" };
  return { kind: "sent", view: outgoing.view };
}

/**
 * Settles a send as if it was made: the caller must not learn that the app's hook refused the number.
 * Nothing is sent, but an old code is canceled as before every send. The pause stands for Twilio's answer to
 * the send. A patient caller may still measure it.
 */
export async function pretendToSend(
  deps: ConversationDeps,
  reservation: Reservation,
  { view, ...old }: Cancellation & { readonly view: LedgerView },
): Promise<{ readonly kind: "sent"; readonly view: LedgerView } | Trouble | StoreUnavailable> {
  const { cancelFirst } = old;
  if (!(await cancelOld(deps, old))) return notCanceled(deps, reservation);
  await pretendPause();
  const result = { kind: "sent", sid: hiddenSid, expiresAtMs: view.expiresAtMs } as const;
  const hasCanceled = cancelFirst !== undefined;
  const settled = settle(deps, reservation, { hasCanceled, result });
  if (reservation.isRepeatable === true && (await settled) !== undefined)
    return { kind: "store_unavailable" };
  return { kind: "sent", view };
}

const shortestPauseMs = 150;
const longestPauseMs = 450;

/** About as long as Twilio takes. */
export function pretendPause(): Promise<void> {
  const ms = shortestPauseMs + Math.random() * (longestPauseMs - shortestPauseMs);
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

function resultOf({ ending, fallback }: Dispatched, view: LedgerView): SendResult {
  if (ending.kind !== "sent") return { kind: ending.kind };
  const { sid, expiresAtMs } = ending;
  return {
    kind: "sent",
    sid,
    expiresAtMs: fallback?.expiresAtMs ?? expiresAtMs ?? view.expiresAtMs,
    ...(fallback && { fallback: fallback.code }),
  };
}

function logSend(
  { config, runtime, dispatch }: ConversationDeps,
  { ledger, isTest }: VerificationHandle,
  outgoing: Omit<OutgoingCode, "handle" | "expiresAtMs"> & { readonly view: LedgerView },
): void {
  const { channel, view, sendNumber, locale, confirmed } = outgoing;
  const event = sendNumber === 1 ? "verification.started" : "verification.resent";
  if (isTest) return runtime.log(event, { channel, purpose: view.purpose, test: true });
  const { money } = config.guard;
  const texts = dispatch.countBilledSegments({ locale, confirmed });
  const price = money && (texts * microPrice(money, ledger.country, channel)) / 1e6;
  runtime.log(event, { channel, purpose: view.purpose, price });
}

/**
 * Settles the send in the ledger and in the budget, in the background. If a settlement is lost, the send
 * counts. Resolves to the ledger's failure, if any.
 */
async function settle(
  deps: ConversationDeps,
  { ledger, handle, send, reserved, budget }: Reservation,
  settlement: Pick<SendSettlement, "hasCanceled" | "result">,
): Promise<StoreUnavailable | undefined> {
  const stored =
    reserved.kind === "send"
      ? ledger.call("settleSend", { id: handle.nonce, send, ...settlement })
      : undefined;
  const sent = settlement.result.kind !== "refused";
  const spent =
    budget.kind === "reserved" ? settleBudget(deps, { id: send, sent }, handle.isTest) : undefined;
  deps.runtime.background("store.failed", Promise.all([stored, spent]));
  return (await stored) ?? undefined;
}

/** A send to a test number counts from its reservation on, so only a return has to be stored. */
function settleBudget(
  { budget }: Pick<ConversationDeps, "budget">,
  settled: { readonly id: string; readonly sent: boolean },
  isTest: true | undefined,
) {
  if (!isTest) return budget.settle(settled);
  return settled.sent ? undefined : budget.releaseTest(settled.id);
}
