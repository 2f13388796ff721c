import type { Channel, VerificationStatus } from "../contract.ts";
import type { TwilioClient, TwilioFailure } from "../twilio/client.ts";
import {
  cancelVerificationRequest,
  checkVerificationRequest,
  createVerificationRequest,
  fetchVerificationRequest,
  readVerification,
  readVerificationCheck,
} from "../twilio/verify.ts";
import type { Engine, EngineHandle, ProviderTrouble, SendRefusal } from "./engine.ts";

/** Twilio's own, fixed; a resend does not prolong it. */
const lifetimeMs = 10 * 60 * 1000;
/** Sends for one number count for as long as its verification lives. */
const maxSendsRetrySeconds = 600;
const troubleRetrySeconds = 10;
const concurrentRetrySeconds = 5;

/** Twilio Verify makes the code, sends it and judges it. */
export function twilioVerify(twilio: TwilioClient, serviceSid: string): Engine {
  const askedAbout = (handle: EngineHandle) => ({
    serviceSid,
    to: handle.to,
    sid: handle.reference,
  });

  return {
    async send(message) {
      const answer = await twilio.send(createVerificationRequest(serviceSid, message));
      const outcome = readVerification(answer, { serviceSid, to: message.to });
      if (outcome.kind !== "verification") return sendRefusal(outcome, message.channel);
      const { sid, status, createdAtMs } = outcome.verification;
      if (status !== "pending") return { kind: "provider_bad_response" };
      return { kind: "sent", reference: sid, expiresAtMs: createdAtMs + lifetimeMs };
    },

    async check(handle, code) {
      const request = checkVerificationRequest(serviceSid, { sid: handle.reference, code });
      const outcome = readVerificationCheck(await twilio.ask(request), askedAbout(handle));
      switch (outcome.kind) {
        case "approved":
        case "wrong_code":
          return { kind: outcome.kind };
        case "over":
          return { kind: "gone" };
        case "refused":
          if (outcome.meaning === "max_checks") return { kind: "exhausted" };
          // A lost answer may have approved it; then the second try finds nothing.
          if (outcome.meaning === "not_found" && !outcome.missedAnswer) return { kind: "gone" };
          return trouble(outcome);
        case "timeout":
        case "network":
        case "server_error":
        case "bad_response":
          return trouble(outcome);
      }
    },

    async read(handle) {
      const request = fetchVerificationRequest(serviceSid, handle.reference);
      const outcome = readVerification(await twilio.ask(request), askedAbout(handle));
      if (isNotFound(outcome)) return { kind: "gone" };
      if (outcome.kind !== "verification") return trouble(outcome);
      const status = statuses.get(outcome.verification.status);
      return status === undefined ? { kind: "provider_bad_response" } : { kind: "status", status };
    },

    async cancel(handle) {
      const request = cancelVerificationRequest(serviceSid, handle.reference);
      const outcome = readVerification(await twilio.ask(request), askedAbout(handle));
      if (outcome.kind === "verification" || isNotFound(outcome)) return { kind: "canceled" };
      return trouble(outcome);
    },
  };
}

const statuses = new Map<string, VerificationStatus>([
  ["pending", "pending"],
  ["approved", "approved"],
  ["canceled", "canceled"],
  ["deleted", "canceled"],
  ["failed", "canceled"],
  ["expired", "expired"],
  ["max_attempts_reached", "exhausted"],
]);

function isNotFound(outcome: { kind: string } | TwilioFailure): boolean {
  return outcome.kind === "refused" && "meaning" in outcome && outcome.meaning === "not_found";
}

function sendRefusal(failure: TwilioFailure, channel: Channel): SendRefusal {
  if (failure.kind !== "refused") return trouble(failure);
  switch (failure.meaning) {
    case "bad_number":
      return { kind: "invalid_phone_number" };
    case "number_type":
      return { kind: "unsupported_number_type" };
    case "country":
      return { kind: "unsupported_country" };
    case "landline":
      return { kind: "channel_unavailable", suggestedChannels: channel === "call" ? [] : ["call"] };
    case "max_sends":
    case "max_checks":
      return { kind: "rate_limited", retryAfterSeconds: maxSendsRetrySeconds };
    case "concurrent":
      return { kind: "rate_limited", retryAfterSeconds: concurrentRetrySeconds };
    case "bad_credentials":
    case "too_many_requests":
    case "not_found":
    case "blocked":
    case "rejected":
      return trouble(failure);
  }
}

function trouble(failure: TwilioFailure): ProviderTrouble {
  switch (failure.kind) {
    case "timeout":
    case "network":
    case "server_error":
      return { kind: "provider_unavailable", retryAfterSeconds: troubleRetrySeconds };
    case "bad_response":
      return { kind: "provider_bad_response" };
    case "refused":
      switch (failure.meaning) {
        case "bad_credentials":
        case "too_many_requests":
        case "concurrent":
        // A missing service is the operator's mistake, and so is what a check cannot explain.
        case "not_found":
          return { kind: "provider_unavailable", retryAfterSeconds: troubleRetrySeconds };
        case "bad_number":
        case "number_type":
        case "landline":
        case "country":
        case "blocked":
        case "max_checks":
        case "max_sends":
        case "rejected":
          return { kind: "provider_rejected", providerCode: failure.code };
      }
  }
}
