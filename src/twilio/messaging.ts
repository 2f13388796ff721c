import * as v from "valibot";
import type { Sender } from "../config/own-code.ts";
import type { TwilioAnswer, TwilioFailure, TwilioRequest } from "./client.ts";

/** Source of the paths, parameters and answers: Twilio's OpenAPI document of API 2010. */
export interface OutgoingMessage {
  readonly to: string;
  readonly body: string;
  readonly sender: Sender;
  readonly statusCallback: string;
  /** Twilio discards the text after this time, so that no expired code arrives. */
  readonly validitySeconds: number;
}

/** Returns the request that sends one text. */
export function createMessageRequest(accountSid: string, message: OutgoingMessage): TwilioRequest {
  const { to, body, sender, statusCallback, validitySeconds } = message;
  return {
    product: "api",
    method: "POST",
    path: `/2010-04-01/Accounts/${accountSid}/Messages.json`,
    form: {
      To: to,
      ...("from" in sender
        ? { From: sender.from }
        : { MessagingServiceSid: sender.messagingServiceSid }),
      Body: body,
      StatusCallback: statusCallback,
      ValidityPeriod: String(validitySeconds),
      ProvideFeedback: "true",
    },
  };
}

const messageBody = v.object({
  sid: v.pipe(v.string(), v.regex(/^(SM|MM)[0-9a-f]{32}$/)),
  account_sid: v.string(),
  to: v.string(),
  status: v.string(),
});

/** Reads the sid of an accepted message. An answer about another message is a bad response. */
export function readMessage(
  answer: TwilioAnswer,
  asked: { readonly accountSid: string; readonly to: string },
): { kind: "message"; sid: string } | TwilioFailure {
  if (answer.kind !== "answer") return answer;
  const { success, output } = v.safeParse(messageBody, answer.body);
  if (!success || output.account_sid !== asked.accountSid || output.to !== asked.to)
    return { kind: "bad_response" };
  // These states are not documented for a new message, so it is unknown whether a text was sent.
  if (output.status === "failed" || output.status === "canceled") return { kind: "bad_response" };
  return { kind: "message", sid: output.sid };
}

/** Reports that the code was used. Twilio learns from this which routes deliver. */
export function confirmMessageRequest(accountSid: string, messageSid: string): TwilioRequest {
  return {
    product: "api",
    method: "POST",
    path: `/2010-04-01/Accounts/${accountSid}/Messages/${messageSid}/Feedback.json`,
    form: { Outcome: "confirmed" },
  };
}
