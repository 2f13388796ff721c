import type { Config } from "../config.ts";
import type { Channel, StartedVerification, StartRequest, VerificationView } from "../contract.ts";
import type { AddressOutcome, AddressWindows } from "../guard/kv-windows.ts";
import type { Runtime } from "../lib/runtime.ts";
import type { Engine, EngineHandle, ProviderTrouble, Sent, SendRefusal } from "./engine.ts";
import {
  isCountryCode,
  maskPhoneNumber,
  parsePhoneNumber,
  type PhoneNumber,
} from "./phone-number.ts";
import {
  openVerificationId,
  sealVerificationId,
  type VerificationClaims,
} from "./verification-id.ts";

export interface VerificationDeps {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly engine: Engine;
  readonly windows: AddressWindows;
}

type AddressRefusal = Exclude<AddressOutcome, { kind: "pass" }>;
type NotThere =
  | { readonly kind: "verification_not_found" }
  | { readonly kind: "verification_expired" };

export type StartOutcome =
  | { readonly kind: "started"; readonly verification: StartedVerification }
  | { readonly kind: "purpose_not_enabled" }
  | SendRefusal
  | AddressRefusal;

/** Sends a code to the number; the answer carries the only handle on it. */
export async function startVerification(
  deps: VerificationDeps,
  request: StartRequest,
  address: string,
): Promise<StartOutcome> {
  const { config, engine, windows } = deps;
  if (!config.purposes.has(request.purpose)) return { kind: "purpose_not_enabled" };
  const parsed = readNumber(request, config);
  if (parsed.kind !== "ok") return parsed;
  const allowed = await windows.count("send", address);
  if (allowed.kind !== "pass") return allowed;
  const { channel, purpose } = request;
  const to = parsed.number.e164;
  const locale = request.locale && Intl.getCanonicalLocales(request.locale)[0];
  const sent = await engine.send({ to, channel, locale });
  if (sent.kind !== "sent") return refused(deps, sent, to, channel);
  const verification = await describe(deps, sent, { to, channel, purpose });
  return { kind: "started", verification };
}

export type ResendOutcome =
  | { readonly kind: "resent"; readonly verification: StartedVerification }
  | SendRefusal
  | AddressRefusal
  | NotThere;

/**
 * Sends the same code once more, by another channel if one is named. Twilio has ended the old
 * verification when it answers with another one; the answer's `id` is then a new one as well.
 */
export async function resendVerification(
  deps: VerificationDeps,
  id: string,
  request: { channel?: Channel | undefined },
  address: string,
): Promise<ResendOutcome> {
  const opened = await open(deps, id);
  if (opened.kind !== "open") return opened;
  const { to, purpose, reference } = opened.claims;
  const channel = request.channel ?? opened.claims.channel;
  const allowed = await deps.windows.count("send", address);
  if (allowed.kind !== "pass") return allowed;
  const sent = await deps.engine.send({ to, channel });
  if (sent.kind !== "sent") return refused(deps, sent, to, channel);
  const isSame = sent.reference === reference && channel === opened.claims.channel;
  const described = await describe(deps, sent, { to, channel, purpose });
  const verification = { ...described, to: maskPhoneNumber(to), ...(isSame && { id }) };
  return { kind: "resent", verification };
}

export type CheckOutcome =
  | { readonly kind: "approved"; readonly to: string; readonly channel: Channel }
  | { readonly kind: "wrong_code" }
  | { readonly kind: "verification_exhausted" }
  | ProviderTrouble
  | AddressRefusal
  | NotThere;

/** Judges a code. Approval is answered once: Twilio forgets what it has approved. */
export async function checkVerification(
  deps: VerificationDeps,
  id: string,
  code: string,
  address: string,
): Promise<CheckOutcome> {
  const opened = await open(deps, id);
  if (opened.kind !== "open") return opened;
  const allowed = await deps.windows.count("check", address);
  if (allowed.kind !== "pass") return allowed;
  const { to, channel } = opened.claims;
  const judgement = await deps.engine.check(handleOf(opened.claims), code);
  deps.runtime.log("verification.checked", { to: maskPhoneNumber(to), outcome: judgement.kind });
  switch (judgement.kind) {
    case "approved":
      return { kind: "approved", to, channel };
    case "gone":
      return gone(deps, opened.claims);
    case "exhausted":
      return { kind: "verification_exhausted" };
    case "wrong_code":
    case "provider_unavailable":
    case "provider_rejected":
    case "provider_bad_response":
      return judgement;
  }
}

export type ReadOutcome =
  | { readonly kind: "found"; readonly verification: VerificationView }
  | ProviderTrouble
  | AddressRefusal
  | { readonly kind: "verification_not_found" };

/** The state of a verification. After its end by the clock it is `expired`, nobody is asked. */
export async function readVerification(
  deps: VerificationDeps,
  id: string,
  address: string,
): Promise<ReadOutcome> {
  const claims = await openVerificationId(id, deps.config);
  if (claims === undefined) return { kind: "verification_not_found" };
  if (isOver(deps, claims)) return { kind: "found", verification: view(id, claims, "expired") };
  const allowed = await deps.windows.count("check", address);
  if (allowed.kind !== "pass") return allowed;
  const state = await deps.engine.read(handleOf(claims));
  if (state.kind === "gone") return { kind: "verification_not_found" };
  if (state.kind !== "status") return state;
  return { kind: "found", verification: view(id, claims, state.status) };
}

export type CancelOutcome =
  | { readonly kind: "canceled" }
  | ProviderTrouble
  | AddressRefusal
  | { readonly kind: "verification_not_found" };

/** Ends a verification; again is no mistake, and neither is one that is over. */
export async function cancelVerification(
  deps: VerificationDeps,
  id: string,
  address: string,
): Promise<CancelOutcome> {
  const claims = await openVerificationId(id, deps.config);
  if (claims === undefined) return { kind: "verification_not_found" };
  if (isOver(deps, claims)) return { kind: "canceled" };
  const allowed = await deps.windows.count("check", address);
  if (allowed.kind !== "pass") return allowed;
  return deps.engine.cancel(handleOf(claims));
}

function readNumber(
  request: StartRequest,
  config: Config,
): { kind: "ok"; number: PhoneNumber } | SendRefusal {
  const named = request.country ?? config.defaultCountry;
  if (named !== undefined && !isCountryCode(named)) return { kind: "unsupported_country" };
  const { allowedCountries } = config;
  const outcome = parsePhoneNumber(request.to, { country: named, allowedCountries });
  return outcome.kind === "invalid" ? { kind: "invalid_phone_number" } : outcome;
}

async function open(
  deps: VerificationDeps,
  id: string,
): Promise<{ kind: "open"; claims: VerificationClaims } | NotThere> {
  const claims = await openVerificationId(id, deps.config);
  if (claims === undefined) return { kind: "verification_not_found" };
  return isOver(deps, claims) ? { kind: "verification_expired" } : { kind: "open", claims };
}

/** Twilio says the same of a used, an expired and an unknown verification: our clock helps a bit. */
function gone(deps: VerificationDeps, claims: VerificationClaims): NotThere {
  return { kind: isOver(deps, claims) ? "verification_expired" : "verification_not_found" };
}

const isOver = (deps: VerificationDeps, claims: VerificationClaims): boolean =>
  deps.runtime.now() >= claims.expiresAtMs;

const handleOf = ({ to, reference }: VerificationClaims): EngineHandle => ({ to, reference });

async function describe(
  deps: VerificationDeps,
  { reference, expiresAtMs }: Sent,
  about: Pick<VerificationClaims, "to" | "channel" | "purpose">,
): Promise<StartedVerification> {
  deps.runtime.log("verification.sent", { to: maskPhoneNumber(about.to), channel: about.channel });
  const id = await sealVerificationId({ ...about, reference, expiresAtMs }, deps.config);
  const { to, channel, purpose } = about;
  const expires_at = new Date(expiresAtMs).toISOString();
  return { id, status: "pending", purpose, to, channel, expires_at };
}

function view(
  id: string,
  { purpose, channel, expiresAtMs }: VerificationClaims,
  status: VerificationView["status"],
): VerificationView {
  return { id, status, purpose, channel, expires_at: new Date(expiresAtMs).toISOString() };
}

function refused<Refusal extends SendRefusal>(
  deps: VerificationDeps,
  refusal: Refusal,
  to: string,
  channel: Channel,
): Refusal {
  const fields = { to: maskPhoneNumber(to), channel, reason: refusal.kind };
  deps.runtime.log("verification.refused", fields);
  return refusal;
}
