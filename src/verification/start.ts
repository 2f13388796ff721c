import type { Admission } from "../guard/guard.ts";
import { isLineJudged } from "../guard/line-risk.ts";
import { askSendHook, type SendVerdict } from "../guard/send-hook.ts";
import type { CaptchaState } from "../guard/rule-mode.ts";
import { confirmedTransaction } from "../handles/app-claims.ts";
import {
  verificationLogFields,
  sealHandle,
  type VerificationHandle,
} from "../handles/verification-id.ts";
import { originalId } from "../handles/sealed.ts";
import { maskPhoneNumber } from "../phone/number.ts";
import { countSend, sendTo } from "./caller-address.ts";
import { conversationDeadline, pretendToSend, release, sendCode } from "./conversation.ts";
import { decisionOf, matchedRules, type Decision } from "./decision.ts";
import type { Caller, VerificationDeps } from "./deps.ts";
import { judgeLine, unknownLineVerdict } from "./line-verdict.ts";
import type { StartOutcome } from "./outcomes.ts";
import { refusalEnd } from "./refusal-end.ts";
import { reserveStart, type StartReserved } from "./reserve-start.ts";
import {
  admit,
  claimedStanding,
  grantedStanding,
  openStart,
  type Asked,
  type Start,
} from "./start-request.ts";
import { startedVerification } from "./views.ts";
import { weigh, type Refusal } from "./weigh.ts";

/** Sends a code to the number. The answer contains the verification's id, which is its only handle. */
export async function startVerification(
  deps: VerificationDeps,
  request: Start,
  caller: Caller,
  idempotencyKey?: string,
): Promise<StartOutcome> {
  const outcome = await start(deps, request, caller, idempotencyKey);
  const { channel, purpose } = request;
  if (outcome.kind === "started") return outcome;
  const { kind: reason } = outcome;
  const until = refusalEnd(outcome, deps.runtime.now());
  deps.runtime.log("verification.refused", { step: "start", reason, until, channel, purpose });
  return outcome;
}

/** Read the request → admit → ask the hook → reserve → weigh → judge the phone line → send → answer. */
async function start(
  deps: VerificationDeps,
  request: Start,
  caller: Caller,
  idempotencyKey: string | undefined,
): Promise<StartOutcome> {
  const asked = await openStart(deps, request, caller, idempotencyKey);
  if ("kind" in asked) {
    if (asked.kind === "over_address_limit") (await decisionOf(deps, { caller }, [])).refuse(asked);
    return asked;
  }
  const admission = await admit(deps, asked);
  if (admission.kind === "stopped") {
    const { refusal, matched } = admission;
    (await decisionOf(deps, { caller }, matched)).refuse(refusal);
    return refusal;
  }
  // Nothing is sent to a test number, so no hook decides whether it may get a text.
  const hook: SendVerdict =
    asked.test === undefined
      ? await askSendHook(deps.runtime, deps.config.hooks, questionOf(asked))
      : { kind: "pass" };
  if (hook.kind === "not_allowed" || hook.kind === "hook_unavailable") {
    const decision = await decisionOf(deps, { caller }, [...admission.matched, hookRule]);
    decision.refuse(hook);
    countRefusal(deps, asked, admission.captcha);
    return hook;
  }
  const isHidden = hook.kind === "hidden";
  const reservation = await reserveStart(deps, asked, admission.captcha, isHidden);
  const decision = await decisionOn(deps, asked, admission, reservation);
  const refusal = weighStart(deps, asked, reservation, decision);
  if (refusal !== undefined) return refusal;
  const { reserved } = reservation;
  if (reserved.kind === "send")
    return send(deps, asked, admission.captcha, { ...reservation, reserved, isHidden }, decision);
  return answerWithoutSend(deps, asked, reservation.handle, reserved, decision);
}

type Admitted = Extract<Admission, { kind: "admitted" }>;
type Sending = StartReserved & {
  readonly reserved: { readonly kind: "send" };
  /** The hook refused the number, and the caller must not learn that. */
  readonly isHidden: boolean;
};

const hookRule = "hook:before_send";

/** What the send hook is asked about. */
function questionOf({ request, caller, number }: Asked) {
  const { purpose, channel, app } = request;
  return {
    phone_number: number.e164,
    country: number.country,
    purpose,
    channel,
    caller: caller.class,
    client_id: app?.clientId,
    subject: app?.subject,
  };
}

/**
 * A refusal of the hook counts for the address, so that its limits bound how often the hook is
 * asked.
 */
function countRefusal(deps: VerificationDeps, asked: Asked, captcha: CaptchaState): void {
  const { caller, number } = asked;
  const to = sendTo(deps, number.country, captcha, claimedStanding(asked, captcha));
  deps.runtime.background("store.failed", countSend(deps, caller, to));
}

/** Prepares the log line that says how the guard decided, and by which rules. */
function decisionOn(
  deps: VerificationDeps,
  { caller }: Asked,
  { captcha, matched }: Admitted,
  { allowed, budget }: StartReserved,
): Promise<Decision> {
  const { rules } = deps.config.guard;
  const later = matchedRules(rules, allowed, budget);
  return decisionOf(deps, { caller, captcha }, [...matched, ...later]);
}

/** Returns the refusal of the stores, if any. Then the reservation is given back. */
function weighStart(
  deps: VerificationDeps,
  { number, prefix }: Asked,
  reservation: StartReserved,
  decision: Decision,
): Refusal | undefined {
  const { budget, reserved } = reservation;
  const refusal = weigh(reservation);
  if (refusal !== undefined || reserved.kind !== "send") release(deps, reservation);
  if (refusal === undefined) return undefined;
  decision.refuse(refusal);
  if (budget.kind === "held_up")
    deps.guard.remember({ country: number.country, prefix: prefix.key }, budget);
  return refusal;
}

/** Judges the phone line, then sends the code. */
async function send(
  deps: VerificationDeps,
  asked: Asked,
  captcha: CaptchaState,
  reservation: Sending,
  decision: Decision,
): Promise<StartOutcome> {
  const { number, request } = asked;
  const { handle, ledger, locale, plan, reserved, isHidden } = reservation;
  const { channel, app } = request;
  const deadline = conversationDeadline(deps.runtime);
  const about = { number, channel, captcha };
  // Twilio Lookup costs money, so it is not asked about a test number.
  const isJudged =
    asked.test === undefined && isLineJudged(grantedStanding(asked, captcha, reserved.isKnown));
  const line = isJudged
    ? await judgeLine(deps, ledger, about, reserved.phoneLine, deadline)
    : unknownLineVerdict;
  if (line.refusal !== undefined) {
    decision.refuse(line.refusal, line.rules);
    release(deps, reservation);
    return line.refusal;
  }
  deps.runtime.trace.about(await verificationLogFields(handle));
  if (isHidden) decision.refuse({ kind: "hidden" }, [...line.rules, hookRule]);
  else decision.pass(line.rules);
  const sendOrPretend = isHidden ? pretendToSend : sendCode;
  const sent = await sendOrPretend(deps, reservation, {
    to: number.e164,
    channel,
    locale,
    sendNumber: 1,
    view: reserved.view,
    code: plan,
    confirmed: confirmedTransaction(app),
    cancelFirst: reserved.cancelFirst,
    deadline,
  });
  if (sent.kind !== "sent") return sent;
  const id = await sealHandle(handle, deps.config.peppers);
  return {
    kind: "started",
    verification: startedVerification(id, visibleNumber(asked), sent.view, deps.runtime.now()),
  };
}

/** Answers if the ledger has not reserved a send: a retried request, or a refusal. */
async function answerWithoutSend(
  deps: VerificationDeps,
  asked: Asked,
  handle: VerificationHandle,
  reserved: Exclude<StartReserved["reserved"], { kind: "send" }>,
  decision: Decision,
): Promise<StartOutcome> {
  switch (reserved.kind) {
    case "replayed": {
      const first = { ...handle, nonce: reserved.id };
      deps.runtime.trace.about(await verificationLogFields(first));
      const id = await originalId(deps.config, first, reserved.sealedNumber);
      if (id === undefined) return { kind: "lost_send" };
      const { view } = reserved;
      return {
        kind: "started",
        verification: startedVerification(id, visibleNumber(asked), view, deps.runtime.now()),
      };
    }
    // The answer to the first request was lost. The code may have been sent, so it is not sent again.
    case "unknown_send":
      return { kind: "lost_send" };
    // A captcha is always required, and the ledger does not accept the device token.
    case "captcha_required":
      decision.refuse(reserved, ["captcha:always"]);
      return reserved;
    case "in_flight":
    case "busy":
    case "number_refused":
      decision.refuse(reserved);
      return reserved;
    case "idempotency_key_reused":
    case "store_unavailable":
      return reserved;
  }
}

/** The caller of a step-up has not supplied the number, so it sees the number masked. */
const visibleNumber = ({ caller, number }: Asked): string =>
  caller.session === undefined ? number.e164 : maskPhoneNumber(number.e164);
