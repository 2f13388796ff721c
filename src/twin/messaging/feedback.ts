import { notFound, twilioError, type Answer } from "../answer.ts";
import type { Call } from "../api.ts";
import { TWIN_ACCOUNT_SID } from "../seed.ts";
import type { TwinState } from "../state.ts";
import { ACCOUNT_PATH, messageTime } from "./message.ts";
import { messageIn } from "./messages.ts";

/**
 * Records the outcome of a message. A second report replaces the first. The twin does not enforce
 * Twilio's `ProvideFeedback`.
 */
export function createFeedback(call: Call): Answer {
  const message = messageIn(call);
  if (!message) return notFound(call.path);
  // The default is a guess: the first value in Twilio's enumeration.
  const outcome = call.form.get("Outcome") ?? "confirmed";
  if (outcome !== "confirmed" && outcome !== "unconfirmed") {
    return twilioError(20001, `Invalid value for Outcome: ${outcome}`);
  }
  const createdMs = message.feedback?.createdMs ?? call.nowMs;
  message.feedback = { outcome, createdMs, updatedMs: call.nowMs };
  const body = {
    account_sid: TWIN_ACCOUNT_SID,
    date_created: messageTime(createdMs),
    date_updated: messageTime(call.nowMs),
    message_sid: message.sid,
    outcome,
    uri: `${ACCOUNT_PATH}/Messages/${message.sid}/Feedback.json`,
  };
  return { status: 201, body };
}

/** Returns the content of `/twin/feedback.json`, newest message first. */
export function feedbackOf(state: TwinState): object[] {
  const reported = state.messages.flatMap(({ sid, to, provideFeedback, feedback }) => {
    if (feedback === null) return [];
    const at = new Date(feedback.updatedMs).toISOString();
    const asked = { provide_feedback: provideFeedback };
    return [{ message_sid: sid, to, outcome: feedback.outcome, ...asked, at }];
  });
  return reported.toReversed();
}
