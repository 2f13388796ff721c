import * as v from "valibot";
import type { Sender } from "../config/own-code.ts";
import type { TwilioAnswer, TwilioFailure, TwilioRequest } from "./client.ts";

/** Source of the paths, parameters and answers: Twilio's OpenAPI document of API 2010. */
export interface OutgoingMessage {
  readonly to: string;
  readonly body: string;
  readonly sender: Sender;
  readonly statusCallback: string;
  /** Twilio gives up after that many seconds: a code that arrives too late only confuses. */
  readonly validitySeconds: number;
}

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

/** A message that Twilio has taken; where the answer is about another one it is not believed. */
export function readMessage(
  answer: TwilioAnswer,
  asked: { readonly accountSid: string; readonly to: string },
): { kind: "message"; sid: string } | TwilioFailure {
  if (answer.kind !== "answer") return answer;
  const { success, output } = v.safeParse(messageBody, answer.body);
  if (!success || output.account_sid !== asked.accountSid || output.to !== asked.to)
    return { kind: "bad_response" };
  // Taken and given up in one answer is no answer that we know: what was sent, nobody can say.
  if (output.status === "failed" || output.status === "canceled") return { kind: "bad_response" };
  return { kind: "message", sid: output.sid };
}

/** Tells Twilio that the message did its work: it learns which routes deliver. */
export function confirmMessageRequest(accountSid: string, messageSid: string): TwilioRequest {
  return {
    product: "api",
    method: "POST",
    path: `/2010-04-01/Accounts/${accountSid}/Messages/${messageSid}/Feedback.json`,
    form: { Outcome: "confirmed" },
  };
}
