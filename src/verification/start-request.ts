import type { TestNumber } from "../config/test-numbers.ts";
import type { StartRequest } from "../contract/start-request.ts";
import type { Admission } from "../guard/guard.ts";
import { prefixOf } from "../guard/prefix-key.ts";
import type { CaptchaState } from "../guard/rule-mode.ts";
import { exemptionsOf, standingOf, type Standing } from "../guard/standing.ts";
import type { AppClaims } from "../handles/app-claims.ts";
import { openDeviceTokens } from "../handles/device-token.ts";
import { captchaKeyOf } from "../handles/idempotency.ts";
import type { DeviceClaim } from "../ledger/known-devices.ts";
import { ledgerAddress, type LedgerAddress } from "../ledger/address.ts";
import { maskPhoneNumber, type PhoneNumber } from "../phone/number.ts";
import { knownOverLimit } from "./caller-address.ts";
import type { Caller, VerificationDeps } from "./deps.ts";
import type { StartOutcome } from "./outcomes.ts";
import { readNumber } from "./read-number.ts";
import { sealedPrefix } from "./sealed-prefix.ts";

/** A start with its number and the app's claims. */
export interface Start extends Omit<StartRequest, "to" | "subject" | "amr" | "transaction"> {
  readonly to: string;
  readonly app?: AppClaims;
}

/** A start that was read but not judged yet. No store was called for it. */
export interface Asked {
  readonly request: Start;
  readonly caller: Caller;
  readonly number: PhoneNumber;
  /** Set if it is a test number. */
  readonly test: TestNumber | undefined;
  readonly ledger: LedgerAddress;
  readonly prefix: { readonly key: string; readonly sealed: string };
  /** The claims of all device tokens of this number. The ledger decides which of them it accepts. */
  readonly devices: readonly DeviceClaim[];
  readonly idempotencyKey: string | undefined;
}

/** Reads the number and opens the device tokens. Calls no store, also not for a refusal. */
export async function openStart(
  deps: VerificationDeps,
  request: Start,
  caller: Caller,
  idempotencyKey: string | undefined,
): Promise<Asked | Exclude<StartOutcome, { kind: "started" }>> {
  const { config, dispatch, runtime } = deps;
  if (!config.purposes.has(request.purpose)) return { kind: "purpose_not_enabled" };
  const parsed = readNumber(request, config, runtime.now());
  if (parsed.kind !== "ok") return parsed;
  const { number, test } = parsed;
  runtime.trace.about({ to: maskPhoneNumber(number.e164), country: number.country });
  if (!dispatch.channels.includes(request.channel))
    return { kind: "channel_unavailable", suggestedChannels: dispatch.channels };
  const over = knownOverLimit(deps, "send", caller);
  if (over !== undefined) return over;
  const ledger = await ledgerAddress(number, config.subjectKey);
  const { device_tokens: tokens = [] } = request;
  const devices = await openDeviceTokens(tokens, ledger, runtime.now(), config.peppers);
  const prefix = await sealedPrefix(deps, prefixOf(number.e164));
  return { request, caller, number, test, ledger, prefix, devices, idempotencyKey };
}

/** Returns the standing that the caller claims. A device token of this number claims `known`. */
export const claimedStanding = ({ caller, devices }: Asked, captcha: CaptchaState): Standing =>
  standingOf(caller.class, { device: devices.length > 0, captcha });

/** Returns the standing after the ledger has judged the claim. */
export function grantedStanding(asked: Asked, captcha: CaptchaState, isKnown: boolean): Standing {
  const claimed = claimedStanding(asked, captcha);
  const isRefuted = exemptionsOf(claimed).isClaim && !isKnown;
  return isRefuted ? standingOf("anonymous", { captcha }) : claimed;
}

/** Returns the scope of an `Idempotency-Key`: only the same caller can retry with it. */
export const scopeOf = (caller: Caller): string => `${caller.class}\n${caller.scope}`;

/** Judges floods and the captcha before a send is reserved for the number. */
export async function admit({ config, guard }: VerificationDeps, asked: Asked): Promise<Admission> {
  const { request, caller, number, idempotencyKey } = asked;
  const { captcha_token: token } = request;
  const named = token === undefined ? undefined : { number: number.e164, token };
  return guard.admit({
    address: caller.address,
    remoteIp: caller.remoteIp,
    captcha: named && {
      token: named.token,
      idempotencyKey: await captchaKeyOf(idempotencyKey, scopeOf(caller), named, config.subjectKey),
    },
    purpose: request.purpose,
    country: number.country,
    prefix: asked.prefix.key,
    standing: claimedStanding(asked, "missing"),
  });
}
