import { isSentBy, type Channel } from "../contract/channels.ts";
import type { ResendReservation } from "../ledger/resend.ts";
import { randomNonce } from "../lib/random-nonce.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import { confirmedTransaction } from "../handles/app-claims.ts";
import { countSend, knownOverLimit } from "./caller-address.ts";
import { decisionOf, matchedRules } from "./decision.ts";
import type { Caller, VerificationDeps } from "./deps.ts";
import type { ResendOutcome } from "./outcomes.ts";
import { maskPhoneNumber } from "../phone/number.ts";
import { conversationDeadline, pretendToSend, release, sendCode } from "./conversation.ts";
import { refusalEnd } from "./refusal-end.ts";
import { weigh } from "./weigh.ts";
import { openSealed } from "../handles/sealed.ts";
import {
  verificationLogFields,
  openHandle,
  type VerificationHandle,
} from "../handles/verification-id.ts";
import { startedVerification } from "./views.ts";

/** The longest possible lifetime of a code (`OTP_TTL`). */
const longestCodeMs = 60 * 60 * 1000;
/** A resend needs no captcha: the start of this verification has passed it. */
const captcha = "passed";

/** Sends the same code again, also through another channel. Its lifetime is not extended. */
export async function resendVerification(
  deps: VerificationDeps,
  id: string,
  request: { channel?: Channel | undefined },
  caller: Caller,
): Promise<ResendOutcome> {
  const outcome = await resend(deps, id, request, caller);
  if (outcome.kind === "resent") return outcome;
  const until = refusalEnd(outcome, deps.runtime.now());
  deps.runtime.log("verification.refused", { step: "resend", reason: outcome.kind, until });
  return outcome;
}

async function resend(
  deps: VerificationDeps,
  id: string,
  request: { channel?: Channel | undefined },
  caller: Caller,
): Promise<ResendOutcome> {
  const { config } = deps;
  const handle = await openHandle(id, config.peppers);
  if (handle === undefined) return { kind: "not_found" };
  deps.runtime.trace.about(await verificationLogFields(handle));
  const { channels } = config;
  if (request.channel !== undefined && !channels.includes(request.channel))
    return channelClosed(channels);
  const over = knownOverLimit(deps, "send", caller);
  if (over !== undefined) {
    (await decisionOf(deps, { caller }, [])).refuse(over);
    return over;
  }

  const reservation = await reserve(deps, handle, request, caller);
  const { allowed, reserved, budget } = reservation;
  const refusal = weigh(reservation);
  if (refusal !== undefined || reserved.kind !== "send") release(deps, reservation);
  const { rules } = config.guard;
  const matched = matchedRules(rules, allowed, budget);
  const decision = await decisionOf(deps, { caller }, matched);
  if (reserved.kind !== "send") {
    const limit = refusal ?? limitOf(reserved);
    if (limit !== undefined) decision.refuse(limit);
    return refusal ?? answerTo(reserved, channels);
  }
  const { to, app } = await openSealed(deps, reserved, handle.nonce);
  deps.runtime.trace.about({ to: maskPhoneNumber(to) });
  const { view, locale, sendNumber, code, cancelFirst } = reserved;
  // The operator may have closed the channel since the last send.
  const isOpen = channels.includes(view.channel);
  if (refusal === undefined && !isOpen) release(deps, reservation);
  const refused = refusal ?? (isOpen ? undefined : channelClosed(channels));
  if (refused !== undefined) {
    decision.refuse(refused, isOpen ? [] : ["channel:closed"]);
    return refused;
  }
  const isHidden = reserved.isHidden === true;
  if (isHidden) decision.refuse({ kind: "hidden" }, ["hook:before_send"]);
  else decision.pass();
  const send = isHidden ? pretendToSend : sendCode;
  const sent = await send(deps, reservation, {
    to,
    channel: view.channel,
    locale,
    confirmed: confirmedTransaction(app),
    sendNumber,
    view,
    code,
    cancelFirst,
    deadline: conversationDeadline(deps.runtime),
  });
  if (sent.kind !== "sent") return sent;
  const nowMs = deps.runtime.now();
  const verification = startedVerification(id, maskPhoneNumber(to), sent.view, nowMs);
  return { kind: "resent", verification };
}

/** Asks the address's limits, the ledger and the budget side by side: one hop. */
async function reserve(
  deps: VerificationDeps,
  handle: VerificationHandle,
  request: { channel?: Channel | undefined },
  caller: Caller,
) {
  const { config, runtime } = deps;
  const { country } = handle.ledger;
  const ledger = deps.ledgerAt(handle.ledger);
  const send = randomNonce();
  const [allowed, reserved, budget] = await Promise.all([
    // The start has passed the rule about countries, so a resend is only noted.
    countSend(deps, caller, { sentTo: country, ifMany: "pass", treatment: "noted" }),
    ledger.call("beginResend", {
      id: handle.nonce,
      send,
      limits: config.sendsPerNumber,
      ...(request.channel && { channel: request.channel }),
    }),
    handle.isTest
      ? deps.budget.reserveTest(send)
      : deps.budget.reserve({
          id: send,
          country,
          channel: request.channel,
          verification: handle.nonce,
          prefix: undefined,
          captcha,
          texts: undefined,
          standing: undefined,
          untilMs: runtime.now() + longestCodeMs,
        }),
  ]);
  return { ledger, handle, send, allowed, reserved, budget };
}

/** Returns the refusal of the number's own limits, which is logged like a refusal of the guard. */
function limitOf(reserved: { readonly kind: string }) {
  return ["number_refused", "busy", "cooldown"].includes(reserved.kind) ? reserved : undefined;
}

function answerTo(
  reserved: Exclude<ResendReservation, { kind: "send" }> | StoreUnavailable,
  channels: readonly Channel[],
): ResendOutcome {
  if (reserved.kind !== "text_only") return reserved;
  return channelClosed(channels.filter((channel) => isSentBy("messaging", channel)));
}

const channelClosed = (open: readonly Channel[]): ResendOutcome => ({
  kind: "channel_unavailable",
  suggestedChannels: open,
});
