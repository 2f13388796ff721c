import { reachesLandline, type Channel } from "../contract/channels.ts";
import type { TwilioFailure } from "../twilio/client.ts";
import type { RefusalMeaning } from "../twilio/errors.ts";
import { troubleRetrySeconds, type SendEnding, type Trouble } from "./engine.ts";

/** Twilio's limit of sends for a number ends with the verification, after ten minutes. */
const maxSendsRetrySeconds = 600;
const concurrentRetrySeconds = 60;

/** Returns whether a failed send was certainly refused, or may have been sent. */
export function failedSend(
  failure: TwilioFailure,
  channel: Channel,
  channels: readonly Channel[],
): Exclude<SendEnding, { kind: "sent" }> {
  const others = channels.filter((other) => other !== channel);
  switch (failure.kind) {
    case "timeout":
    case "network":
    case "server_error":
    case "bad_response":
      return { kind: "unknown", trouble: troubleOf(failure, others) };
    case "not_asked":
      return { kind: "refused", trouble: troubleOf(failure, others), mayFallBack: true };
    case "refused": {
      const mayFallBack =
        failure.meaning === "bad_credentials" || failure.meaning === "too_many_requests";
      return { kind: "refused", trouble: troubleOf(failure, others), mayFallBack };
    }
  }
}

/**
 * Returns what the caller may learn about Twilio's failure.
 *
 * @param others the other allowed channels, as suggestions.
 */
export function troubleOf(failure: TwilioFailure, others: readonly Channel[]): Trouble {
  switch (failure.kind) {
    case "timeout":
    case "network":
    case "server_error":
    case "not_asked":
      return { kind: "provider_unavailable", retryAfterSeconds: troubleRetrySeconds };
    case "bad_response":
      return { kind: "provider_bad_response" };
    case "refused":
      return troubleOfRefusal(failure.meaning, failure.code, others);
  }
}

function troubleOfRefusal(
  meaning: RefusalMeaning,
  code: number,
  others: readonly Channel[],
): Trouble {
  switch (meaning) {
    case "bad_number":
      return { kind: "invalid_phone_number" };
    case "number_type":
      return { kind: "unsupported_number_type" };
    case "country":
      return { kind: "unsupported_country" };
    case "landline":
      return {
        kind: "channel_unavailable",
        suggestedChannels: others.filter(reachesLandline),
      };
    case "opted_out":
    case "channel_unavailable":
      return { kind: "channel_unavailable", suggestedChannels: others };
    case "blocked":
      return others.length > 0
        ? { kind: "channel_unavailable", suggestedChannels: others }
        : { kind: "provider_rejected", providerCode: code };
    case "max_sends":
    case "max_checks":
      return { kind: "rate_limited", retryAfterSeconds: maxSendsRetrySeconds };
    case "concurrent":
      return { kind: "rate_limited", retryAfterSeconds: concurrentRetrySeconds };
    case "bad_credentials":
    case "too_many_requests":
    case "queue_full":
    // `not_found` means a missing service, which is the operator's mistake.
    case "not_found":
      return { kind: "provider_unavailable", retryAfterSeconds: troubleRetrySeconds };
    case "sender":
    case "language":
    case "rejected":
      return { kind: "provider_rejected", providerCode: code };
  }
}
