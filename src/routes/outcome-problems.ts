import type { AddressOutcome } from "../guard/kv-windows.ts";
import { Problem } from "../problem.ts";
import type { SendRefusal } from "../verification/engine.ts";

/** Every ending of a verification's use cases that is not a success. */
export type Refusal =
  | SendRefusal
  | Exclude<AddressOutcome, { kind: "pass" }>
  | {
      readonly kind:
        | "purpose_not_enabled"
        | "verification_not_found"
        | "verification_expired"
        | "verification_exhausted"
        | "wrong_code";
    };

/** The one place where what we know becomes what a caller may know. */
export function problemFor(refusal: Refusal): Problem {
  switch (refusal.kind) {
    case "purpose_not_enabled":
    case "invalid_phone_number":
    case "unsupported_country":
    case "unsupported_number_type":
    case "verification_not_found":
    case "verification_expired":
    case "verification_exhausted":
    case "provider_bad_response":
      return new Problem(refusal.kind);
    case "wrong_code":
      return new Problem("wrong_code", undefined, { members: { verification_status: "pending" } });
    case "channel_unavailable":
      return new Problem("channel_unavailable", undefined, {
        members: { suggested_channels: refusal.suggestedChannels },
      });
    case "provider_rejected":
      return new Problem("provider_rejected", undefined, {
        members: { provider_code: refusal.providerCode },
      });
    case "provider_unavailable":
      return new Problem("provider_unavailable", undefined, {
        headers: { "Retry-After": String(refusal.retryAfterSeconds) },
      });
    case "rate_limited":
      return new Problem("rate_limited", undefined, {
        headers: { "Retry-After": String(coarse(refusal.retryAfterSeconds)) },
      });
    case "over_address_limit":
      return addressLimited(refusal);
  }
}

/** A number's waiting times are rounded up, so that they tell a stranger nothing about it. */
function coarse(seconds: number): number {
  return [60, 600, 3600, 86_400].find((step) => seconds <= step) ?? 86_400;
}

/** Fields of draft-ietf-httpapi-ratelimit-headers-11: the policy, and what is left of it. */
function addressLimited(refusal: Extract<Refusal, { kind: "over_address_limit" }>): Problem {
  const { limit, retryAfterSeconds, counted } = refusal;
  const policy = `${counted}-per-address-${limit.seconds}s`;
  return new Problem("rate_limited", "Too many requests from this address.", {
    members: { policy },
    headers: {
      "Retry-After": String(retryAfterSeconds),
      RateLimit: `"${policy}";r=0;t=${retryAfterSeconds}`,
      "RateLimit-Policy": `"${policy}";q=${limit.count};w=${limit.seconds}`,
    },
  });
}
