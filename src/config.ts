import type { CountryCode } from "libphonenumber-js/max";
import { readBudget, type BudgetCaps } from "./config/budget.ts";
import { readChannels } from "./config/channels.ts";
import { readGuard, type GuardConfig } from "./config/guard.ts";
import { readKey, readPeppers, readSigningKeys } from "./config/keys.ts";
import { readNumberRanges, type NumberRange } from "./config/number-ranges.ts";
import { readOwnCode, type OwnCodeConfig } from "./config/own-code.ts";
import { readCountries, readDefaultCountry, readIssuer, readOrigins } from "./config/places.ts";
import { readPurposes, readVerifyServices } from "./config/purposes.ts";
import { readServiceKeys, type ServiceKey } from "./config/service-keys.ts";
import { readTokenClaims, type TokenClaims } from "./config/token-claims.ts";
import { readTestNumbers, type TestNumber } from "./config/test-numbers.ts";
import { readBaseUrl, readTwilio, type TwilioConfig } from "./config/twilio.ts";
import { readEvents, readHooks, type HooksConfig } from "./config/webhooks.ts";
import type { Channel } from "./contract/channels.ts";
import type { Purpose } from "./contract/words.ts";
import { EnvReader, type Limit } from "./lib/env-reader.ts";
import type { Keyring } from "./lib/seal.ts";
import type { WebhookTarget } from "./lib/signed-post.ts";
import type { SigningKeys } from "./lib/signing-key.ts";

/** The validated settings of one deployment. Durations are in seconds. */
export interface Config {
  /** True if `TWILIO_BASE_URL` is a loopback address, the local twin. Everything else is production. */
  readonly development: boolean;
  readonly appName: string;
  /** Whether `/` is the demo page. */
  readonly demo: boolean;
  /** Undefined only in development. Then the request's origin is used. */
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  readonly clientId: string;
  readonly allowedOrigins: ReadonlySet<string>;
  /** Undefined means all countries, which is only possible in development. */
  readonly allowedCountries: ReadonlySet<CountryCode> | undefined;
  readonly defaultCountry: CountryCode | undefined;
  /** Ranges of valid numbers that the numbering plans lack. */
  readonly extraRanges: readonly NumberRange[];
  /** Numbers that sign in by a fixed code, those that have ended among them. */
  readonly testNumbers: readonly TestNumber[];
  readonly purposes: ReadonlySet<Purpose>;
  /** The allowed channels; at least one. */
  readonly channels: readonly Channel[];
  readonly serviceKeys: readonly ServiceKey[];
  readonly twilio: TwilioConfig;
  readonly engine: EngineConfig;
  /** Limits of sends for one number, counted per caller class. */
  readonly sendsPerNumber: readonly Limit[];
  readonly budget: BudgetCaps;
  readonly guard: GuardConfig;
  readonly hooks: HooksConfig;
  /** Where events go; undefined where they are off. */
  readonly events: WebhookTarget | undefined;
  readonly sendsPerAddress: readonly Limit[];
  readonly checksPerAddress: readonly Limit[];
  /** Additional claims of all access tokens. */
  readonly tokenClaims: TokenClaims;
  readonly accessTokenLifetimeSeconds: number;
  /** How long a session lives without a refresh, and in any case. */
  readonly sessionIdleSeconds: number;
  readonly sessionMaxSeconds: number;
  readonly signingKeys: SigningKeys;
  /** Derives ledger names and subjects. It must never change. */
  readonly subjectKey: Uint8Array<ArrayBuffer>;
  /** Seal and sign ids, tokens and stored data. They can be rotated. */
  readonly peppers: Keyring;
}

/** The engine that makes and judges the codes. */
export type EngineConfig =
  | {
      readonly name: "verify";
      /** One service for each enabled purpose. */
      readonly services: ReadonlyMap<Purpose, string>;
      /** Set if our own codes replace Twilio's as long as Twilio Verify takes no requests. */
      readonly fallback: OwnCodeConfig | undefined;
    }
  | { readonly name: "messaging"; readonly ownCode: OwnCodeConfig };

export type ConfigOutcome =
  | { readonly kind: "ok"; readonly config: Config }
  | {
      readonly kind: "not_configured";
      /** Each names a setting and its cure, but not its value. */
      readonly problems: readonly string[];
      readonly signingKeys: SigningKeys | undefined;
      readonly issuer: string | undefined;
    };

// Results are cached, not promises: in workerd a request must not await the I/O of another request.
const outcomes = new WeakMap<object, ConfigOutcome>();

/**
 * Returns the configuration of this environment. It is read once in each isolate, and reports every
 * mistake at once.
 */
export async function readConfig(
  env: Readonly<Record<string, unknown>>,
  now: () => number,
): Promise<ConfigOutcome> {
  const known = outcomes.get(env);
  if (known !== undefined) return known;
  const outcome = await parseConfig(env, now);
  outcomes.set(env, outcome);
  return outcome;
}

async function parseConfig(
  env: Readonly<Record<string, unknown>>,
  now: () => number,
): Promise<ConfigOutcome> {
  const reader = new EnvReader(env);
  const baseUrl = readBaseUrl(reader);
  const development = baseUrl !== undefined;
  const signingKeys = await readSigningKeys(reader);
  const subjectKey = readKey(reader, "SUBJECT_KEY");
  const peppers = readPeppers(reader);
  const twilio = readTwilio(reader, baseUrl);
  const issuer = readIssuer(reader, development);
  const allowedCountries = readCountries(reader, development);
  const appName =
    reader.matching("APP_NAME", /^[^\p{C}<>{}]{1,50}$/u, "must be 1 to 50 plain characters") ??
    "Phonegate";
  const purposes = readPurposes(reader);
  const engine = readEngine(reader, appName, purposes);
  const channels = readChannels(reader, engine?.name ?? "verify");
  const settings = {
    development,
    appName,
    demo: reader.flag("DEMO"),
    issuer,
    audience:
      reader.matching("AUDIENCE", /^[\x21-\x7e]{1,200}$/, "must be 1 to 200 visible characters") ??
      issuer,
    clientId:
      reader.matching(
        "CLIENT_ID",
        /^[\w.:-]{1,100}$/,
        "must be 1 to 100 letters, digits, or any of . : _ -",
      ) ?? "phonegate",
    allowedOrigins: readOrigins(reader, development),
    allowedCountries,
    defaultCountry: readDefaultCountry(reader, allowedCountries),
    extraRanges: readNumberRanges(reader),
    testNumbers: readTestNumbers(reader, now),
    purposes,
    channels,
    serviceKeys: readServiceKeys(reader, purposes),
    ...readLimits(reader),
    budget: readBudget(reader),
    guard: readGuard(reader, development, { channels, allowedCountries }),
    hooks: readHooks(reader, development),
    events: readEvents(reader, development),
    tokenClaims: readTokenClaims(reader),
    accessTokenLifetimeSeconds: reader.duration("ACCESS_TTL", 600, 60, 3600),
    ...readSessionLifetimes(reader),
  };
  requireBindings(reader, env);
  reader.refuseUnknown();
  if (
    reader.problems.length > 0 ||
    signingKeys === undefined ||
    subjectKey === undefined ||
    peppers === undefined ||
    twilio === undefined ||
    engine === undefined
  )
    return { kind: "not_configured", problems: reader.problems, signingKeys, issuer };
  return { kind: "ok", config: { ...settings, signingKeys, subjectKey, peppers, twilio, engine } };
}

const daySeconds = 86_400;

/** A limit outside of these bounds would have no effect. */
const perAddress = { mostEvents: 10_000, leastSeconds: 10 };
const perNumber = { mostEvents: 1000, leastSeconds: 60 };

function readLimits(reader: EnvReader) {
  const hourly = (count: number) => ({ count, seconds: 3600 });
  const daily = (count: number) => ({ count, seconds: daySeconds });
  const perNumberStandard = [{ count: 5, seconds: 600 }, daily(10)];
  return {
    sendsPerAddress: reader.limits("LIMIT_SEND_PER_IP", [hourly(10), daily(30)], perAddress),
    checksPerAddress: reader.limits("LIMIT_CHECK_PER_IP", [hourly(60)], perAddress),
    sendsPerNumber: reader.limits("LIMIT_SEND_PER_PHONE", perNumberStandard, perNumber),
  };
}

function readSessionLifetimes(reader: EnvReader) {
  const sessionMaxSeconds = reader.duration(
    "REFRESH_MAX_TTL",
    30 * daySeconds,
    3600,
    400 * daySeconds,
  );
  const standard = Math.min(7 * daySeconds, sessionMaxSeconds);
  const sessionIdleSeconds = reader.duration("REFRESH_IDLE_TTL", standard, 3600, 400 * daySeconds);
  if (sessionIdleSeconds > sessionMaxSeconds)
    reader.problem("REFRESH_IDLE_TTL", "must not be longer than REFRESH_MAX_TTL");
  return { sessionIdleSeconds, sessionMaxSeconds };
}

function readEngine(
  reader: EnvReader,
  appName: string,
  purposes: ReadonlySet<Purpose>,
): EngineConfig | undefined {
  const name = reader.matching("OTP_ENGINE", /^(verify|messaging)$/, "must be verify or messaging");
  const fallback = reader.matching("OTP_FALLBACK", /^(off|messaging)$/, "must be off or messaging");
  const usesVerify = name !== "messaging";
  const usesOwnCodes = !usesVerify || fallback === "messaging";
  const services = readVerifyServices(reader, purposes, usesVerify);
  const ownCode = readOwnCode(reader, appName, usesOwnCodes);
  if (!usesVerify && fallback === "messaging")
    return reader.problem("OTP_FALLBACK", "is for OTP_ENGINE=verify");
  if (!usesVerify) return ownCode && { name: "messaging", ownCode };
  return { name: "verify", services, fallback: usesOwnCodes ? ownCode : undefined };
}

const bindings = {
  LIMITS: "the KV namespace is not bound: see [[kv_namespaces]] in wrangler.toml",
  PHONE_LEDGER:
    "the Durable Object is not bound: see [[durable_objects.bindings]] in wrangler.toml",
  SUBJECT_SESSIONS:
    "the Durable Object is not bound: see [[durable_objects.bindings]] in wrangler.toml",
  SEND_BUDGET: "the Durable Object is not bound: see [[durable_objects.bindings]] in wrangler.toml",
};

function requireBindings(reader: EnvReader, env: Readonly<Record<string, unknown>>): void {
  for (const [name, cure] of Object.entries(bindings))
    if (typeof env[name] !== "object" || env[name] === null) reader.problem(name, cure);
}
