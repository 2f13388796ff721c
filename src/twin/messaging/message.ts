import { TWIN_ACCOUNT_SID, TWIN_FROM } from "../seed.ts";

export type MessageStatus = "accepted" | "queued" | "sent" | "delivered" | "undelivered" | "failed";

export interface Message {
  sid: string;
  to: string;
  /** The sender; null until the messaging service has chosen one. */
  from: string | null;
  serviceSid: string | null;
  body: string;
  segments: number;
  status: MessageStatus;
  errorCode: number | null;
  statusCallback: string | null;
  provideFeedback: boolean;
  feedback: { outcome: "confirmed" | "unconfirmed"; createdMs: number; updatedMs: number } | null;
  createdMs: number;
  updatedMs: number;
  sentMs: number | null;
}

/** One status change of a message. */
export interface Step {
  status: MessageStatus;
  errorCode: number | null;
}

const PRICE_USD = 0.0075;

/** The messages of the errors in status callbacks (twilio.com/docs/api/errors). */
const DELIVERY_ERRORS: Readonly<Record<number, string>> = {
  30003: "Unreachable destination handset",
  30006: "Landline or unreachable carrier",
  30007: "Carrier violation",
};

export const ACCOUNT_PATH = `/2010-04-01/Accounts/${TWIN_ACCOUNT_SID}`;

/** Applies a step to the message. */
export function takeStep(message: Message, { status, errorCode }: Step, nowMs: number): void {
  message.status = status;
  message.errorCode = errorCode;
  message.updatedMs = nowMs;
  message.from ??= TWIN_FROM;
  if (status === "sent") message.sentMs = nowMs;
}

/** Formats a time as the API of 2010 does: RFC 2822. */
export function messageTime(ms: number): string {
  return new Date(ms).toUTCString().replace("GMT", "+0000");
}

export function renderMessage(message: Message): Record<string, unknown> {
  const { sid, from, segments, errorCode, sentMs } = message;
  const path = `${ACCOUNT_PATH}/Messages/${sid}`;
  return {
    account_sid: TWIN_ACCOUNT_SID,
    api_version: "2010-04-01",
    body: message.body,
    date_created: messageTime(message.createdMs),
    date_sent: sentMs === null ? null : messageTime(sentMs),
    date_updated: messageTime(message.updatedMs),
    direction: "outbound-api",
    error_code: errorCode,
    error_message: errorCode === null ? null : (DELIVERY_ERRORS[errorCode] ?? null),
    from,
    messaging_service_sid: message.serviceSid,
    num_media: "0",
    // "Initially 0, since a sender hasn't yet been assigned" (Twilio's OpenAPI description).
    num_segments: from === null ? "0" : String(segments),
    price: sentMs === null ? null : (-PRICE_USD * segments).toFixed(5),
    price_unit: sentMs === null ? null : "USD",
    sid,
    status: message.status,
    subresource_uris: { media: `${path}/Media.json`, feedback: `${path}/Feedback.json` },
    to: message.to,
    uri: `${path}.json`,
  };
}

/** Renders the answer to a create, which does not link the feedback yet. */
export function renderCreated(message: Message): Record<string, unknown> {
  const rendered = renderMessage(message);
  const media = `${ACCOUNT_PATH}/Messages/${message.sid}/Media.json`;
  return { ...rendered, subresource_uris: { media } };
}
