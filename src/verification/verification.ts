import type { Config } from "../config.ts";
import type { Channel, Purpose, StartRequest } from "../contract.ts";
import { randomNonce } from "../lib/random-nonce.ts";
import { sealText } from "../lib/seal.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import { confirmedBy, sealApp, type AppClaims } from "./app-claims.ts";
import { candidateDigests } from "./code-digest.ts";
import { countAddress, rememberedOver, sendTo } from "./caller-address.ts";
import { decisionOf } from "./decision.ts";
import type { Caller, VerificationDeps } from "./deps.ts";
import { makeDeviceToken, openDeviceToken } from "./device-token.ts";
import { troubleRetrySeconds, type Trouble } from "./engine.ts";
import { idempotencyOf } from "./idempotency.ts";
import type { CheckEnding } from "./ledger-judge.ts";
import type {
  CheckOutcome,
  Granted,
  Proven,
  ReadOutcome,
  ResendOutcome,
  Reward,
  StartOutcome,
} from "./outcomes.ts";
import {
  isCountryCode,
  maskPhoneNumber,
  parsePhoneNumber,
  type PhoneNumber,
} from "./phone-number.ts";
import { judgeLine } from "./line-verdict.ts";
import { release, releaseUnlessSending, sendReserved } from "./reserved-send.ts";
import { sealedPrefix, unlessVerified } from "./spend.ts";
import {
  ledgerAddress,
  openHandle,
  sealHandle,
  type LedgerAddress,
  type VerificationHandle,
} from "./verification-id.ts";
import { idAsGiven, openNumber, openSealed, type Sealed } from "./sealed.ts";
import { startedVerification, verificationView } from "./views.ts";

/** No code lives longer (`OTP_TTL`). */
const longestCodeMs = 60 * 60 * 1000;

/** A start whose number and backend's word are settled. */
export interface Start extends Omit<StartRequest, "to" | "subject" | "amr" | "transaction"> {
  readonly to: string;
  readonly app?: AppClaims;
}

/** Sends a code to the number; the answer carries the only handle on it. */
export async function startVerification(
  deps: VerificationDeps,
  request: Start,
  caller: Caller,
  idempotencyKey?: string,
): Promise<StartOutcome> {
  const { config, dispatch } = deps;
  const { channel, purpose, app } = request;
  if (!config.purposes.has(purpose)) return { kind: "purpose_not_enabled" };
  const parsed = readNumber(request, config);
  if (parsed.kind !== "ok") return parsed;
  if (!dispatch.channels.includes(channel))
    return { kind: "channel_unavailable", suggestedChannels: dispatch.channels };
  const over = rememberedOver(deps, "send", caller);
  if (over !== undefined) return over;

  const { number } = parsed;
  const { country } = number;
  const address = await ledgerAddress(number, config.subjectKey);
  const device = await knownEpoch(deps, request.device_token, address);
  const isKnown = device !== undefined || caller.class === "known";
  const admission = await deps.guard.admit({
    address: caller.class === "service" ? undefined : caller.address,
    remoteIp: caller.remoteIp,
    captchaToken: request.captcha_token,
    purpose,
    country,
    isKnown,
  });
  if (admission.kind !== "admitted") return admission;
  const { captcha } = admission;
  const locale = request.locale && Intl.getCanonicalLocales(request.locale)[0];
  const handle = { ledger: address, nonce: randomNonce() };
  const send = randomNonce();
  const canonical = JSON.stringify([number.e164, channel, locale ?? null, purpose, app ?? null]);
  const scope = `${caller.class}\n${caller.scope}`;
  const idempotency =
    idempotencyKey === undefined
      ? undefined
      : await idempotencyOf(idempotencyKey, scope, canonical, config.subjectKey);
  const plan = await dispatch.plan(handle.nonce, { purpose, binding: app?.txn });
  const ledger = deps.ledgerAt(handle.ledger);
  const sealedNumber = await sealText(config.peppers, "number", number.e164, handle.nonce);
  const sealedApp = app && (await sealApp(app, handle.nonce, config.peppers));
  const spend = {
    id: send,
    country,
    verification: handle.nonce,
    prefix: await sealedPrefix(deps, number.e164),
    captcha,
    trusted: isKnown,
    untilMs: deps.runtime.now() + plan.lifetimeMs,
  };
  const lacksCaptcha = captcha === "missing" && config.guard.captcha?.asked === "always";
  const [allowed, reserved, asked] = await Promise.all([
    countAddress(deps, "send", caller, sendTo(deps, country, captcha, isKnown)),
    ledger.reserveStart({
      id: handle.nonce,
      send,
      caller: caller.class,
      purpose,
      channel,
      sealedNumber,
      plan,
      limits: config.sendsPerNumber,
      lacksCaptcha,
      ...(sealedApp !== undefined && { sealedApp }),
      ...(caller.session !== undefined && { session: caller.session }),
      ...(locale !== undefined && { locale }),
      ...(device !== undefined && { deviceEpoch: device }),
      ...(idempotency && { idempotency }),
    }),
    deps.budget.reserve(spend),
  ]);
  const budget = await unlessVerified(deps, spend, reserved, asked);
  const isRepeatable = idempotency !== undefined;
  const made = { ledger, handle, send, reserved, budget };
  const reservation = { ...made, previous: undefined, isRepeatable };
  const refusal = releaseUnlessSending(deps, reservation, allowed);
  const decide = await decisionOf(deps, { number, caller, captcha }, allowed, budget);
  if (refusal !== undefined) {
    decide(refusal.kind === "captcha_required" ? "challenge" : "refuse");
    if (budget.kind === "held_up") deps.guard.remember(country, budget.rules, budget.retryAfterMs);
    return refusal;
  }
  // Who raises a session has not supplied the number: he may only know it again.
  const shown = caller.session === undefined ? number.e164 : maskPhoneNumber(number.e164);
  if (reserved.kind === "replayed") {
    const id = await idAsGiven(config, { ...handle, nonce: reserved.id }, reserved.sealedNumber);
    if (id === undefined) return { kind: "lost_send" };
    const verification = startedVerification(id, shown, reserved.view);
    return { kind: "started", verification };
  }
  // The answer to this key's first request was lost: it may have been sent, and is not sent again.
  if (reserved.kind === "unknown_send") return { kind: "lost_send" };
  if (reserved.kind !== "send") return reserved;
  const line = await judgeLine(deps, ledger, { number, channel, captcha }, reserved.reputation);
  decide(line.verdict, line.rules);
  if (line.refusal !== undefined) {
    release(deps, reservation);
    return line.refusal;
  }
  const sent = await sendReserved(deps, reservation, {
    to: number.e164,
    channel,
    locale,
    sendNumber: 1,
    view: reserved.view,
    code: plan.engine === "verify" ? { service: plan.service } : { own: plan.own },
    confirmed: confirmedBy(app),
    cancelFirst: reserved.cancelFirst,
  });
  if (sent.kind !== "sent") return sent;
  const id = await sealHandle(handle, config.peppers);
  return { kind: "started", verification: startedVerification(id, shown, sent.view) };
}

/** Sends the same code once more, by another channel if one is named. It lives no longer. */
export async function resendVerification(
  deps: VerificationDeps,
  id: string,
  request: { channel?: Channel | undefined },
  caller: Caller,
): Promise<ResendOutcome> {
  const { config } = deps;
  const handle = await openHandle(id, config.peppers);
  if (handle === undefined) return { kind: "not_found" };
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
    trusted: false,
    untilMs: deps.runtime.now() + longestCodeMs,
  } as const;
  const [allowed, reserved, asked] = await Promise.all([
    countAddress(deps, "send", caller, sendTo(deps, country, captcha, true)),
    ledger.reserveResend({
      id: handle.nonce,
      send,
      limits: config.sendsPerNumber,
      ...(request.channel && { channel: request.channel }),
    }),
    deps.budget.reserve(spend),
  ]);
  const budget = await unlessVerified(deps, spend, reserved, asked);
  const previous = reserved.kind === "send" ? reserved.previous : undefined;
  const reservation = { ledger, handle, send, reserved, budget, previous };
  const refusal = releaseUnlessSending(deps, reservation, allowed);
  if (refusal !== undefined) return refusal;
  if (reserved.kind === "text_only")
    return { kind: "channel_unavailable", suggestedChannels: ["sms"] };
  if (reserved.kind !== "send") return reserved;
  const { to, app } = await openSealed(deps, reserved, handle.nonce);
  const { view, locale, sendNumber, code, cancelFirst } = reserved;
  const about = { to, channel: view.channel, locale, confirmed: confirmedBy(app) };
  const parcel = { ...about, sendNumber, view, code, cancelFirst };
  const sent = await sendReserved(deps, reservation, parcel);
  if (sent.kind !== "sent") return sent;
  return { kind: "resent", verification: startedVerification(id, maskPhoneNumber(to), sent.view) };
}

/**
 * Judges a code. The attempt is counted before it is judged; a right code is right once, and earns
 * the reward.
 */
export async function checkVerification<Earned>(
  deps: VerificationDeps,
  id: string,
  code: string,
  caller: Caller,
  rewardOf: (purpose: Purpose) => Reward<Earned>,
): Promise<CheckOutcome<Earned>> {
  const handle = await openHandle(id, deps.config.peppers);
  if (handle === undefined) return { kind: "not_found" };
  const over = rememberedOver(deps, "check", caller);
  if (over !== undefined) return over;
  const confirmed = Promise.withResolvers<string | undefined>();
  try {
    const outcome = await judge(deps, handle, code, caller, rewardOf, confirmed.promise);
    const ending = endingOf(outcome);
    const { country } = handle.ledger;
    if (ending !== undefined) {
      const work = deps.budget.checked({ verification: handle.nonce, country, ending });
      deps.runtime.background("store.failed", work);
    }
    if (ending === "approved") confirmed.resolve(country);
    return outcome;
  } finally {
    // The address's one write waits for it.
    confirmed.resolve(undefined);
  }
}

/** What the guard learns of a check; nothing from one that nobody has judged. */
function endingOf({ kind, ...about }: CheckOutcome<unknown>): "approved" | "failed" | undefined {
  if (kind === "approved") return "approved";
  const isExhausted = "status" in about && about.status === "exhausted";
  return kind === "wrong_code" || isExhausted ? "failed" : undefined;
}

async function judge<Earned>(
  deps: VerificationDeps,
  handle: VerificationHandle,
  code: string,
  caller: Caller,
  rewardOf: (purpose: Purpose) => Reward<Earned>,
  confirmed: Promise<string | undefined>,
): Promise<CheckOutcome<Earned>> {
  const { config, runtime } = deps;

  const ledger = deps.ledgerAt(handle.ledger);
  const named = { id: handle.nonce, attempt: randomNonce() };
  const digests = await candidateDigests(code, handle.nonce, config.peppers);
  const session = caller.session === undefined ? {} : { session: caller.session };
  const [allowed, begun] = await Promise.all([
    countAddress(deps, "check", caller, { confirmed }),
    ledger.beginCheck({ ...named, ...session, digests }),
  ]);
  // A right code of ours is used up by now: its answer is due, whatever its address has done.
  if (begun.kind === "approved") {
    const proven = await provenBy(deps, handle, begun);
    return approved(deps, proven, begun, await rewardOf(begun.purpose).grant(proven));
  }
  if (allowed.kind === "over_address_limit") {
    if (begun.kind === "ask")
      runtime.background("store.failed", ledger.settleCheck({ ...named, result: "not_judged" }));
    return allowed;
  }
  if (begun.kind === "unknown") return unknowable;
  if (begun.kind !== "ask") return begun;

  const { service, reference } = begun;
  const proven = await provenBy(deps, handle, begun);
  const about = { service, to: proven.to, confirmed: confirmedBy(proven.app) };
  const asked = { ...about, ...(reference !== undefined && { reference }) };
  const { result, trouble } = await deps.verify.check(asked, code);
  const settled = ledger.settleCheck({ ...named, result });
  const { attemptsRemaining } = begun;
  // Whether the last attempt is the end is for the ledger to say: others may be given back.
  if (trouble !== undefined || (result === "wrong" && attemptsRemaining > 0)) {
    runtime.background("store.failed", settled);
    return trouble ?? { kind: "wrong_code", attemptsRemaining };
  }
  const reward = rewardOf(begun.purpose);
  const beside = result === "approved" && reward.takeBack ? reward.grant(proven) : undefined;
  const [ending, granted] = await Promise.all([settled, beside]);
  if (ending.kind === "approved" && result === "approved")
    return approved(deps, proven, ending, granted ?? (await reward.grant(proven)));
  if (granted?.kind === "granted" && reward.takeBack)
    runtime.background("store.failed", reward.takeBack(granted.earned));
  return ending.kind === "unknown" || ending.kind === "approved" ? unknowable : ending;
}

/** What the ledger knows of a verification; until a day after its end. */
export async function readVerification(deps: VerificationDeps, id: string): Promise<ReadOutcome> {
  const handle = await openHandle(id, deps.config.peppers);
  if (handle === undefined) return { kind: "not_found" };
  const view = await deps.ledgerAt(handle.ledger).read(handle.nonce);
  if (view === undefined) return { kind: "not_found" };
  if ("kind" in view) return view;
  const verification = verificationView(id, view, deps.dispatch.channels);
  return { kind: "found", verification };
}

/** Ends a verification; again is no mistake, and neither is one that is over. */
export async function cancelVerification(
  deps: VerificationDeps,
  id: string,
): Promise<{ readonly kind: "canceled" } | { readonly kind: "not_found" } | StoreUnavailable> {
  const handle = await openHandle(id, deps.config.peppers);
  if (handle === undefined) return { kind: "not_found" };
  const ledger = deps.ledgerAt(handle.ledger);
  const outcome = await ledger.cancel(handle.nonce);
  if (outcome.kind !== "canceled") return outcome;
  const { atTwilio, sealedNumber } = outcome;
  if (atTwilio !== undefined) {
    const to = await openNumber(deps, sealedNumber, handle.nonce);
    // The handle is dead already: Twilio's own end may follow the answer. Until it is confirmed, the
    // next start cancels first.
    const work = deps.verify
      .cancel({ ...atTwilio, to })
      .then((isDone) => (isDone ? ledger.confirmCanceled(atTwilio) : undefined));
    deps.runtime.background("provider.error", work);
  }
  return { kind: "canceled" };
}

function readNumber(
  request: Pick<Start, "to" | "country">,
  config: Config,
): { kind: "ok"; number: PhoneNumber } | Trouble {
  const named = request.country ?? config.defaultCountry;
  if (named !== undefined && !isCountryCode(named)) return { kind: "unsupported_country" };
  const { allowedCountries } = config;
  const outcome = parsePhoneNumber(request.to, { country: named, allowedCountries });
  return outcome.kind === "invalid" ? { kind: "invalid_phone_number" } : outcome;
}

async function knownEpoch(
  { config, runtime }: VerificationDeps,
  token: string | undefined,
  ledger: LedgerAddress,
): Promise<number | undefined> {
  if (token === undefined) return undefined;
  return openDeviceToken(token, ledger, runtime.now(), config.peppers);
}

async function provenBy(
  deps: VerificationDeps,
  handle: VerificationHandle,
  sealed: Sealed & Pick<Proven, "channel" | "purpose">,
): Promise<Proven> {
  const { channel, purpose } = sealed;
  return { ...(await openSealed(deps, sealed, handle.nonce)), handle, channel, purpose };
}

async function approved<Earned>(
  deps: VerificationDeps,
  { to, handle, channel, purpose }: Proven,
  { deviceEpoch, messageSid }: Extract<CheckEnding, { kind: "approved" }>,
  granted: Granted<Earned>,
): Promise<CheckOutcome<Earned>> {
  const { config, runtime } = deps;
  runtime.log("verification.approved", { to: maskPhoneNumber(to), channel, purpose });
  if (messageSid !== undefined && deps.message !== undefined)
    runtime.background("provider.error", deps.message.confirm(messageSid));
  // The code is used up all the same: it was right, and is right once.
  if (granted.kind !== "granted") return granted;
  const { ledger } = handle;
  const deviceToken = await makeDeviceToken(ledger, deviceEpoch, runtime.now(), config.peppers);
  return { kind: "approved", earned: granted.earned, deviceToken };
}

/** What nobody can say is the provider's trouble to the caller. */
const unknowable = {
  kind: "provider_unavailable",
  retryAfterSeconds: troubleRetrySeconds,
} as const satisfies Trouble;
