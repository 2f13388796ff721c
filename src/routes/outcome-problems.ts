import type { AddressRefusal } from "../guard/kv-windows.ts";
import { Problem, type ProblemCode } from "../problem.ts";
import type { NotPending } from "../ledger/view.ts";
import type { SendRefusal } from "../verification/outcomes.ts";

/** All endings of the verification use cases that are not a success. */
export type AnyRefusal =
  | SendRefusal
  | NotPending
  | { readonly kind: "subject_not_found" }
  | { readonly kind: "too_many_unknown"; readonly retryAfterMs: number }
  | {
      readonly kind:
        | "purpose_not_enabled"
        | "idempotency_key_reused"
        | "lost_send"
        | "not_allowed"
        | "hook_unavailable";
    }
  | { readonly kind: "wrong_code"; readonly attemptsRemaining: number }
  | { readonly kind: "cooldown" | "locked" | "granted_today"; readonly retryAfterMs: number };

const endings = {
  approved: "verification_used",
  expired: "verification_expired",
  canceled: "verification_canceled",
  exhausted: "verification_exhausted",
} as const satisfies Record<Extract<NotPending, { kind: "ended" }>["status"], ProblemCode>;

const needsCountry =
  "This is not a phone number: send it in E.164 (+14155552671), or add `country`";

/** Returns the problem for a refusal. This is the only place that decides what a caller may learn. */
export function problemFor(refusal: AnyRefusal): Problem {
  switch (refusal.kind) {
    case "captcha_required":
    case "captcha_failed":
    case "not_allowed":
    case "purpose_not_enabled":
    case "idempotency_key_reused":
    case "unsupported_country":
    case "unsupported_number_type":
    case "provider_bad_response":
      return new Problem(refusal.kind);
    case "invalid_phone_number":
      return new Problem(refusal.kind, refusal.needsCountry === true ? needsCountry : undefined);
    case "subject_not_found":
      return new Problem(refusal.kind);
    case "too_many_unknown":
      return delayed(
        "rate_limited",
        seconds(refusal.retryAfterMs),
        "This client has asked for as many unknown numbers as it may in a UTC day.",
      );
    case "not_found":
      return new Problem("verification_not_found");
    case "ended":
      return new Problem(endings[refusal.status]);
    case "wrong_code":
      return new Problem("wrong_code", undefined, {
        members: {
          attempts_remaining: refusal.attemptsRemaining,
          verification_status: "pending",
        },
      });
    case "channel_unavailable":
      return new Problem("channel_unavailable", undefined, {
        members: { suggested_channels: refusal.suggestedChannels },
      });
    case "provider_rejected":
      return new Problem("provider_rejected", undefined, {
        members: { provider_code: refusal.providerCode },
      });
    // The captcha cannot be checked, so the caller has to retry, as if Twilio were unavailable.
    case "captcha_unavailable":
    case "hook_unavailable":
      return delayed("provider_unavailable", 10);
    case "flooded":
      return delayed("rate_limited", refusal.retryAfterSeconds);
    case "provider_unavailable":
      return delayed("provider_unavailable", refusal.retryAfterSeconds);
    case "lost_send":
      return delayed(
        "provider_unavailable",
        10,
        "The answer to the first request with this Idempotency-Key was lost, and the code may have been sent. Use a new key to send again.",
      );
    case "store_unavailable":
      return delayed(refusal.kind, 1);
    // Another conversation holds the number's line. The time is not rounded, so that the retry is soon.
    case "busy":
    case "in_flight":
      return delayed("rate_limited", lineRetrySeconds);
    case "send_budget_exhausted":
    case "send_budget_busy":
      return delayed("send_budget_exhausted", seconds(refusal.retryAfterMs));
    // Twilio's limits, our limits and the locks of a number all give the same answer.
    case "rate_limited":
      return delayed("rate_limited", roundedUp(refusal.retryAfterSeconds));
    case "number_refused":
    case "locked":
      return delayed("rate_limited", roundedUp(seconds(refusal.retryAfterMs)));
    case "granted_today":
      return delayed(
        "rate_limited",
        seconds(refusal.retryAfterMs),
        "Anonymous callers were given ten attempts for this number within the last 24 hours.",
      );
    // The holder of the id may learn exactly when the code can be sent again.
    case "cooldown":
      return delayed("rate_limited", seconds(refusal.retryAfterMs));
    case "over_address_limit":
      return addressLimited(refusal);
  }
}

/** The caller has waited this long for the line, and waits as long before its retry. */
const lineRetrySeconds = 5;

const seconds = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / 1000));

function delayed(code: ProblemCode, retryAfterSeconds: number, detail?: string): Problem {
  return new Problem(code, detail, { headers: { "Retry-After": String(retryAfterSeconds) } });
}

/** Waiting times of a number are rounded up, so that a stranger learns nothing about the number. */
function roundedUp(exact: number): number {
  return [60, 600, 3600, 86_400].find((step) => exact <= step) ?? 86_400;
}

/** The headers follow draft-ietf-httpapi-ratelimit-headers-11: the policy, and what is left of it. */
function addressLimited({ limit, retryAfterSeconds, counted }: AddressRefusal): Problem {
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
