import type { CaptchaState } from "../guard/rule-mode.ts";
import { confirmedTransaction, sealAppClaims } from "../handles/app-claims.ts";
import { sealEventContent } from "../handles/event-content.ts";
import { sealSubject, subjectOf, type SealedSubject } from "../handles/subject.ts";
import { idempotencyOf } from "../handles/idempotency.ts";
import { serviceCaller } from "../ledger/caller-reference.ts";
import type { CallerRef } from "../ledger/state.ts";
import { randomNonce } from "../lib/random-nonce.ts";
import { sealText } from "../lib/seal.ts";
import { planTestCode } from "../sending/test-code.ts";
import { countSend, sendTo } from "./caller-address.ts";
import type { VerificationDeps } from "./deps.ts";
import { claimedStanding, scopeOf, type Asked } from "./start-request.ts";

/** Asks the address's limits, the ledger and the budget side by side: one hop. */
export async function reserveStart(
  deps: VerificationDeps,
  asked: Asked,
  captcha: CaptchaState,
  isHidden: boolean,
) {
  const { config, dispatch, runtime } = deps;
  const { request, caller, number, test, devices } = asked;
  const { channel, purpose, app } = request;
  const { country } = number;
  const nonce = randomNonce();
  const handle = { ledger: asked.ledger, nonce, ...(test && ({ isTest: true } as const)) };
  const send = randomNonce();
  const standing = claimedStanding(asked, captcha);
  const locale = canonicalLocale(request.locale);
  const idempotency = await idempotencyIn(deps, asked, locale);
  const plan = test
    ? await planTestCode(test, nonce, config, runtime.now())
    : await dispatch.plan(nonce, { purpose, binding: app?.txn });
  const sealedNumber = await sealText(config.peppers, "number", number.e164, handle.nonce);
  const sealedApp = app && (await sealAppClaims(app, handle.nonce, config.peppers));
  const told = { handle, e164: number.e164, app, session: caller.session };
  const sealedEvent = config.events && (await sealEventContent(told, config));
  // A session hook may name another subject: then it is noted after the sign-in.
  const isSettled = purpose === "sign_in" && config.hooks.beforeSession === undefined;
  const subject = isSettled ? await signedInSubject(deps, asked) : undefined;
  const reference = await callerReference(deps, asked);
  const ledger = deps.ledgerAt(handle.ledger);
  const [allowed, reserved, budget] = await Promise.all([
    countSend(deps, caller, sendTo(deps, country, captcha, standing)),
    ledger.call("beginStart", {
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
      ...(sealedEvent !== undefined && { sealedEvent }),
      ...(isHidden && { isHidden }),
      ...(subject && { subject }),
      ...(caller.session !== undefined && { session: caller.session }),
      ...(locale !== undefined && { locale }),
      devices,
      ...(idempotency && { idempotency }),
      ...(test && { testUntilMs: test.endsAtMs }),
    }),
    test
      ? deps.budget.reserveTest(send)
      : deps.budget.reserve({
          id: send,
          country,
          channel,
          verification: nonce,
          prefix: asked.prefix,
          texts: dispatch.countBilledSegments({ locale, confirmed: confirmedTransaction(app) }),
          captcha,
          standing,
          untilMs: runtime.now() + plan.lifetimeMs,
        }),
  ]);
  const isRepeatable = idempotency !== undefined;
  return { ledger, handle, send, plan, locale, allowed, reserved, budget, isRepeatable };
}

export type StartReserved = Awaited<ReturnType<typeof reserveStart>>;

/** The subject that a right code signs in: the app's own name of the user, or that of the number. */
async function signedInSubject(
  { config }: Pick<VerificationDeps, "config">,
  { request, number }: Asked,
): Promise<SealedSubject> {
  const own = request.app?.subject;
  return sealSubject(own ?? (await subjectOf(number.e164, config.subjectKey)), config);
}

/** For a service caller, `scope` is its client id. */
async function callerReference(
  { config }: Pick<VerificationDeps, "config">,
  { caller, request }: Asked,
): Promise<CallerRef> {
  if (caller.class !== "service") return caller.class;
  return serviceCaller(caller.scope, request.app?.subject, config.subjectKey);
}

const canonicalLocale = (tag: string | undefined): string | undefined =>
  tag && Intl.getCanonicalLocales(tag)[0];

/** A retry may have another captcha token and other device tokens, so they are not compared. */
async function idempotencyIn(
  { config }: Pick<VerificationDeps, "config">,
  { request, caller, number, test, idempotencyKey }: Asked,
  locale: string | undefined,
) {
  if (idempotencyKey === undefined) return undefined;
  const { channel, purpose, app } = request;
  const fields = [number.e164, channel, locale ?? null, purpose, app ?? null];
  // A number that became a test number, or stopped being one, makes it another request.
  const canonical = JSON.stringify(test === undefined ? fields : [...fields, "test"]);
  return idempotencyOf(idempotencyKey, scopeOf(caller), canonical, config.subjectKey);
}
