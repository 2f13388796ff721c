import type { Channel } from "../contract/channels.ts";
import type { Runtime } from "../runtime.ts";
import type { TwilioClient, TwilioFailure } from "../twilio/client.ts";
import type { Deadline } from "../twilio/deadline.ts";
import {
  canBeLive,
  cancelVerificationRequest,
  checkVerificationRequest,
  clockSkewMs,
  createVerificationRequest,
  readVerification,
  readVerificationCheck,
  verificationLifetimeMs,
} from "../twilio/verify.ts";
import type { ConfirmedTransaction } from "../handles/app-claims.ts";
import type { SendEnding, Trouble } from "./engine.ts";
import type { CheckResult } from "../ledger/check-result.ts";
import { failedSend, troubleOf } from "./trouble.ts";

/** Names one verification at Twilio: by its sid, or by the number if the sid is unknown. */
export interface TwilioVerificationName {
  readonly service: string;
  readonly to: string;
  readonly sid?: string;
}

/** Engine `verify`: Twilio Verify makes the code, sends it and judges it. */
export class TwilioVerify {
  readonly #twilio: TwilioClient;
  readonly #now: Runtime["now"];
  readonly #channels: readonly Channel[];

  /** `channels` are the allowed ones. If Twilio refuses one, the others are suggested. */
  constructor(twilio: TwilioClient, { now }: Pick<Runtime, "now">, channels: readonly Channel[]) {
    this.#twilio = twilio;
    this.#now = now;
    this.#channels = channels;
  }

  /** Asks Twilio to send the number's code, which is a new one if none is live. */
  async send(message: {
    readonly service: string;
    readonly to: string;
    readonly channel: Channel;
    readonly locale?: string | undefined;
    readonly confirmed?: ConfirmedTransaction | undefined;
    /** The hash of the transaction that the code confirms. */
    readonly binding?: string;
    /** When the code expires, by the ledger. */
    readonly expiresAtMs: number;
    readonly deadline: Deadline;
  }): Promise<SendEnding> {
    const { service, to, channel, binding, deadline } = message;
    const answer = await this.#twilio.send(createVerificationRequest(service, message), deadline);
    const outcome = readVerification(answer, { serviceSid: service, to });
    if (outcome.kind !== "verification") return failedSend(outcome, channel, this.#channels);
    const { sid, status, createdAtMs } = outcome.verification;
    if (status !== "pending" || !canBeLive(outcome.verification, this.#now()))
      return { kind: "unknown", trouble: { kind: "provider_bad_response" } };
    const expiresAtMs = createdAtMs + verificationLifetimeMs;
    // Twilio's verification is older than this start, so its code may confirm another transaction.
    if (binding !== undefined && expiresAtMs < message.expiresAtMs - clockSkewMs)
      return { kind: "unknown", trouble: { kind: "provider_bad_response" } };
    return { kind: "sent", sid, expiresAtMs };
  }

  /**
   * Returns the result for the ledger, and the trouble for the caller if Twilio did not judge the
   * code.
   */
  async check(
    asked: TwilioVerificationName & { readonly confirmed?: ConfirmedTransaction | undefined },
    code: string,
  ): Promise<{ readonly result: CheckResult; readonly trouble?: Trouble }> {
    const { service, to, sid } = asked;
    const request = checkVerificationRequest(service, { ...asked, code });
    const about = { serviceSid: service, to, ...(sid !== undefined && { sid }) };
    const outcome = readVerificationCheck(await this.#twilio.callIdempotent(request), about);
    switch (outcome.kind) {
      case "approved":
        return { result: "approved" };
      case "wrong_code":
        return { result: "wrong" };
      case "last_wrong_code":
        return { result: "last_wrong" };
      case "canceled":
      case "expired":
        return { result: outcome.kind };
      case "refused":
        return refusedCheck(outcome);
      case "timeout":
      case "network":
      case "server_error":
      case "bad_response":
        return { result: "unknown", trouble: troubleOf(outcome, []) };
      case "not_asked":
        return { result: "not_judged", trouble: troubleOf(outcome, []) };
    }
  }

  /** Returns true if the verification is canceled now, or had already ended. */
  async cancel({ service, to, sid }: TwilioVerificationName, deadline: Deadline): Promise<boolean> {
    const request = cancelVerificationRequest(service, sid ?? to);
    const about = { serviceSid: service, to, ...(sid !== undefined && { sid }) };
    const outcome = readVerification(await this.#twilio.callIdempotent(request, deadline), about);
    if (outcome.kind === "verification") return outcome.verification.status === "canceled";
    return outcome.kind === "refused" && outcome.meaning === "not_found";
  }
}

function refusedCheck(refusal: Extract<TwilioFailure, { kind: "refused" }>): {
  result: CheckResult;
  trouble?: Trouble;
} {
  switch (refusal.meaning) {
    case "max_checks":
      return { result: "exhausted" };
    case "not_found": {
      // The first attempt may have approved the code, although its answer was lost. Twilio then answers
      // the retry with 404.
      if (!refusal.missedAnswer) return { result: "gone" };
      return { result: "unknowable", trouble: troubleOf(refusal, []) };
    }
    // Twilio has not judged the code, so the attempt does not count. If the answer to a first attempt
    // was lost, that attempt may have been judged, so it counts.
    case "bad_credentials":
    case "too_many_requests":
    case "concurrent": {
      const result = refusal.missedAnswer ? "unknown" : "not_judged";
      return { result, trouble: troubleOf(refusal, []) };
    }
    case "max_sends":
    case "bad_number":
    case "number_type":
    case "landline":
    case "country":
    case "blocked":
    case "opted_out":
    case "channel_unavailable":
    case "queue_full":
    case "sender":
    case "language":
    case "rejected":
      return { result: "unknown", trouble: troubleOf(refusal, []) };
  }
}
