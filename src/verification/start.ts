import type { StartRequest } from "../contract.ts";
import type { Admission } from "../guard/guard.ts";
import { prefixOf } from "../guard/prefix-key.ts";
import type { CaptchaState } from "../guard/rule-mode.ts";
import type { Standing } from "../guard/standing.ts";
import { randomNonce } from "../lib/random-nonce.ts";
import { sealText } from "../lib/seal.ts";
import { confirmedBy, sealApp, type AppClaims } from "../handles/app-claims.ts";
import { countAddress, rememberedOver, sendTo } from "./caller-address.ts";
import { decisionOf, inLog, rulesThatSpoke } from "./decision.ts";
import type { Caller, VerificationDeps } from "./deps.ts";
import { openDeviceTokens } from "../handles/device-token.ts";
import { captchaKeyOf, idempotencyOf } from "../handles/idempotency.ts";
import { judgeLine, nothingKnown } from "./line-verdict.ts";
import type { StartOutcome } from "./outcomes.ts";
import { maskPhoneNumber, type PhoneNumber } from "../phone/number.ts";
import { readNumber } from "./read-number.ts";
import { release, releaseUnlessSending, sendReserved } from "./reserved-send.ts";
import { idAsGiven } from "../handles/sealed.ts";
import type { DeviceClaim } from "../ledger/known-devices.ts";
import { sharedCode } from "../ledger/shared-code.ts";
import { sealedPrefix } from "./sealed-prefix.ts";
import { ledgerAddress, type LedgerAddress } from "../ledger/address.ts";
import { serviceCaller } from "../ledger/caller-reference.ts";
import { sealHandle } from "../handles/verification-id.ts";
import { startedVerification } from "./views.ts";

/** A start whose number and backend's word are settled. */
export interface Start extends Omit<StartRequest, "to" | "subject" | "amr" | "transaction"> {
  readonly to: string;
  readonly app?: AppClaims;
}

/** Who wants to send to which number, before anything is reserved. */
interface Asked {
  readonly request: Start;
  readonly caller: Caller;
  readonly number: PhoneNumber;
  readonly ledger: LedgerAddress;
  /** The device tokens that fit the number; the ledger says what they are worth. */
  readonly devices: readonly DeviceClaim[];
  readonly prefix: { readonly key: string; readonly sealed: string };
  readonly idempotencyKey: string | undefined;
}

/** Sends a code to the number; the answer carries the only handle on it. */
export async function startVerification(
  deps: VerificationDeps,
  request: Start,
  caller: Caller,
  idempotencyKey?: string,
): Promise<StartOutcome> {
  const outcome = await start(deps, request, caller, idempotencyKey);
  const { channel, purpose } = request;
  const reason = outcome.kind;
  if (reason !== "started")
    deps.runtime.log("verification.refused", { step: "start", reason, channel, purpose });
  return outcome;
}

async function start(
  deps: VerificationDeps,
  request: Start,
  caller: Caller,
  idempotencyKey: string | undefined,
): Promise<StartOutcome> {
  const { config, dispatch, runtime } = deps;
  if (!config.purposes.has(request.purpose)) return { kind: "purpose_not_enabled" };
  const parsed = readNumber(request, config);
  if (parsed.kind !== "ok") return parsed;
  const { number } = parsed;
  runtime.trace.about({ to: maskPhoneNumber(number.e164), country: number.country });
  if (!dispatch.channels.includes(request.channel))
    return { kind: "channel_unavailable", suggestedChannels: dispatch.channels };
  const over = rememberedOver(deps, "send", caller);
  if (over !== undefined) return over;

  const ledger = await ledgerAddress(number, config.subjectKey);
  const { device_tokens: tokens = [] } = request;
  const devices = await openDeviceTokens(tokens, ledger, runtime.now(), config.peppers);
  const prefix = await sealedPrefix(deps, prefixOf(number.e164));
  const asked = { request, caller, number, ledger, prefix, devices, idempotencyKey };
  const admission = await admit(deps, asked);
  if (admission.kind === "stopped") {
    const { refusal, spoke } = admission;
    const decide = await decisionOf(deps, { caller }, spoke);
    decide(refusal.kind === "captcha_required" ? "challenge" : "refuse");
    return refusal;
  }
  return sendTheCode(deps, asked, admission);
}

const isKnown = ({ caller, devices }: Asked): boolean =>
  caller.class === "known" || (caller.class === "anonymous" && devices.length > 0);

function standingOf(asked: Asked, captcha: CaptchaState): Standing {
  if (isKnown(asked)) return "known";
  if (asked.caller.class === "service") return "backend";
  return captcha === "passed" ? "human" : "stranger";
}

/** What is judged before anything of anybody is touched: floods, and the captcha. */
async function admit({ config, guard }: VerificationDeps, asked: Asked): Promise<Admission> {
  const { request, caller, number, idempotencyKey } = asked;
  const { captcha_token: token } = request;
  const named = token === undefined ? undefined : { number: number.e164, token };
  return guard.admit({
    address: caller.class === "service" ? undefined : caller.address,
    remoteIp: caller.remoteIp,
    captcha: named && {
      token: named.token,
      idempotencyKey: await captchaKeyOf(idempotencyKey, scopeOf(caller), named, config.subjectKey),
    },
    purpose: request.purpose,
    country: number.country,
    prefix: asked.prefix.key,
    isKnown: isKnown(asked),
  });
}

/** One hop to the stores, side by side; then Twilio. */
async function sendTheCode(
  deps: VerificationDeps,
  asked: Asked,
  admission: Extract<Admission, { kind: "admitted" }>,
): Promise<StartOutcome> {
  const { request, caller, number } = asked;
  const { captcha } = admission;
  const { reservation, plan, allowed } = await reserve(deps, asked, admission);
  const { ledger, handle, reserved, budget } = reservation;
  const { rules } = deps.config.guard;
  const spoke = rulesThatSpoke(rules, allowed, budget);
  const refusal = releaseUnlessSending(deps, reservation, allowed);
  const inAll = [...admission.spoke, ...inLog(rules, spoke)];
  const decide = await decisionOf(deps, { caller, captcha }, inAll);
  if (refusal !== undefined) {
    decide(refusal.kind === "captcha_required" ? "challenge" : "refuse");
    if (budget.kind === "held_up")
      deps.guard.remember({ country: number.country, prefix: asked.prefix.key }, budget);
    return refusal;
  }
  // Who raises a session has not supplied the number: he may only know it again.
  const shown = caller.session === undefined ? number.e164 : maskPhoneNumber(number.e164);
  if (reserved.kind === "replayed") {
    const first = { ...handle, nonce: reserved.id };
    const id = await idAsGiven(deps.config, first, reserved.sealedNumber);
    if (id === undefined) return { kind: "lost_send" };
    return { kind: "started", verification: startedVerification(id, shown, reserved.view) };
  }
  // The answer to this key's first request was lost: it may have been sent, and is not sent again.
  if (reserved.kind === "unknown_send") return { kind: "lost_send" };
  // A captcha is always asked for, and the device that would do without is signed out.
  if (reserved.kind === "captcha_required") decide("challenge", ["captcha:always"]);
  if (reserved.kind !== "send") return reserved;
  const { channel, locale: tag, app } = request;
  const line = reserved.isKnown
    ? nothingKnown
    : await judgeLine(deps, ledger, { number, channel, captcha }, reserved.line);
  decide(line.verdict, line.rules);
  if (line.refusal !== undefined) {
    release(deps, reservation);
    return line.refusal;
  }
  const sent = await sendReserved(deps, reservation, {
    to: number.e164,
    channel,
    locale: canonicalLocale(tag),
    sendNumber: 1,
    view: reserved.view,
    code: plan.engine === "verify" ? sharedCode(plan) : { own: plan.own },
    confirmed: confirmedBy(app),
    cancelFirst: reserved.cancelFirst,
  });
  if (sent.kind !== "sent") return sent;
  const id = await sealHandle(handle, deps.config.peppers);
  return { kind: "started", verification: startedVerification(id, shown, sent.view) };
}

/** Asks address windows, ledger and budget at once; what each says is weighed by who called. */
async function reserve(
  deps: VerificationDeps,
  asked: Asked,
  { captcha }: Extract<Admission, { kind: "admitted" }>,
) {
  const { config, dispatch, runtime } = deps;
  const { request, caller, number, devices } = asked;
  const { channel, purpose, app } = request;
  const { country } = number;
  const handle = { ledger: asked.ledger, nonce: randomNonce() };
  const send = randomNonce();
  const locale = canonicalLocale(request.locale);
  const idempotency = await idempotencyIn(deps, asked, locale);
  // The scope of a service caller is its client id.
  const reference =
    caller.class === "service"
      ? await serviceCaller(caller.scope, app?.subject, config.subjectKey)
      : caller.class;
  const plan = await dispatch.plan(handle.nonce, { purpose, binding: app?.txn });
  const ledger = deps.ledgerAt(handle.ledger);
  const sealedNumber = await sealText(config.peppers, "number", number.e164, handle.nonce);
  const sealedApp = app && (await sealApp(app, handle.nonce, config.peppers));
  const spend = {
    id: send,
    country,
    verification: handle.nonce,
    prefix: asked.prefix,
    captcha,
    standing: standingOf(asked, captcha),
    untilMs: runtime.now() + plan.lifetimeMs,
  };
  const [allowed, reserved, budget] = await Promise.all([
    countAddress(deps, "send", caller, sendTo(deps, country, captcha, isKnown(asked))),
    ledger.reserveStart({
      id: handle.nonce,
      send,
      caller: reference,
      purpose,
      channel,
      sealedNumber,
      plan,
      limits: config.sendsPerNumber,
      lacksCaptcha: captcha === "missing" && config.guard.captcha?.asked === "always",
      ...(sealedApp !== undefined && { sealedApp }),
      ...(caller.session !== undefined && { session: caller.session }),
      ...(locale !== undefined && { locale }),
      devices,
      ...(idempotency && { idempotency }),
    }),
    deps.budget.reserve(spend),
  ]);
  const isRepeatable = idempotency !== undefined;
  const made = { ledger, handle, send, reserved, budget };
  return { reservation: { ...made, previous: undefined, isRepeatable }, plan, allowed };
}

const canonicalLocale = (tag: string | undefined): string | undefined =>
  tag && Intl.getCanonicalLocales(tag)[0];

/** Who may repeat a request under its `Idempotency-Key`. */
const scopeOf = (caller: Caller): string => `${caller.class}\n${caller.scope}`;

/** Neither the captcha nor the device belongs to the request that a key may repeat. */
async function idempotencyIn(
  { config }: VerificationDeps,
  { request, caller, number, idempotencyKey }: Asked,
  locale: string | undefined,
) {
  if (idempotencyKey === undefined) return undefined;
  const { channel, purpose, app } = request;
  const canonical = JSON.stringify([number.e164, channel, locale ?? null, purpose, app ?? null]);
  return idempotencyOf(idempotencyKey, scopeOf(caller), canonical, config.subjectKey);
}
