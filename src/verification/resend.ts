import type { Channel } from "../contract.ts";
import { randomNonce } from "../lib/random-nonce.ts";
import { confirmedBy } from "../handles/app-claims.ts";
import { countAddress, rememberedOver, sendTo } from "./caller-address.ts";
import { decisionOf, inLog, rulesThatSpoke } from "./decision.ts";
import type { Caller, VerificationDeps } from "./deps.ts";
import type { ResendOutcome } from "./outcomes.ts";
import { maskPhoneNumber } from "../phone/number.ts";
import { releaseUnlessSending, sendReserved } from "./reserved-send.ts";
import { openSealed } from "../handles/sealed.ts";
import { openHandle } from "../handles/verification-id.ts";
import { startedVerification } from "./views.ts";

/** No code lives longer (`OTP_TTL`). */
const longestCodeMs = 60 * 60 * 1000;

/** Sends the same code once more, by another channel if one is named. It lives no longer. */
export async function resendVerification(
  deps: VerificationDeps,
  id: string,
  request: { channel?: Channel | undefined },
  caller: Caller,
): Promise<ResendOutcome> {
  const outcome = await resend(deps, id, request, caller);
  if (outcome.kind !== "resent")
    deps.runtime.log("verification.refused", { step: "resend", reason: outcome.kind });
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
  deps.runtime.trace.about({ country: handle.ledger.country });
  const over = rememberedOver(deps, "send", caller);
  if (over !== undefined) return over;

  const ledger = deps.ledgerAt(handle.ledger);
  const send = randomNonce();
  const { country } = handle.ledger;
  // Whoever holds the id has passed the captcha that was asked for.
  const captcha = "passed";
  const spend = {
    id: send,
    country,
    verification: handle.nonce,
    prefix: undefined,
    captcha,
    standing: undefined,
    untilMs: deps.runtime.now() + longestCodeMs,
  } as const;
  const [allowed, reserved, budget] = await Promise.all([
    countAddress(deps, "send", caller, sendTo(deps, country, captcha, true)),
    ledger.reserveResend({
      id: handle.nonce,
      send,
      limits: config.sendsPerNumber,
      ...(request.channel && { channel: request.channel }),
    }),
    deps.budget.reserve(spend),
  ]);
  const previous = reserved.kind === "send" ? reserved.previous : undefined;
  const reservation = { ledger, handle, send, reserved, budget, previous };
  const refusal = releaseUnlessSending(deps, reservation, allowed);
  const { rules } = config.guard;
  const spoke = inLog(rules, rulesThatSpoke(rules, allowed, budget));
  const decide = await decisionOf(deps, { caller, captcha }, spoke);
  const opened =
    reserved.kind === "send" ? await openSealed(deps, reserved, handle.nonce) : undefined;
  if (opened !== undefined) deps.runtime.trace.about({ to: maskPhoneNumber(opened.to) });
  if (refusal !== undefined) {
    decide("refuse");
    return refusal;
  }
  if (reserved.kind === "text_only")
    return { kind: "channel_unavailable", suggestedChannels: ["sms"] };
  if (reserved.kind !== "send") return reserved;
  const { to, app } = opened ?? (await openSealed(deps, reserved, handle.nonce));
  decide("pass");
  const { view, locale, sendNumber, code, cancelFirst } = reserved;
  const about = { to, channel: view.channel, locale, confirmed: confirmedBy(app) };
  const parcel = { ...about, sendNumber, view, code, cancelFirst };
  const sent = await sendReserved(deps, reservation, parcel);
  if (sent.kind !== "sent") return sent;
  return { kind: "resent", verification: startedVerification(id, maskPhoneNumber(to), sent.view) };
}
