import { notFound, type Answer } from "../answer.ts";
import type { Call } from "../api.ts";
import { applyEffect, withEffect } from "../failure-numbers.ts";
import type { Effect } from "../failure-table.ts";
import { newSid } from "../ids.ts";
import { deliver } from "../inbox.ts";
import { TWIN_FROM } from "../seed.ts";
import { codeInBody } from "./code-in-body.ts";
import type { Courier } from "./courier.ts";
import { magicError } from "./magic-numbers.ts";
import { ACCOUNT_PATH, renderCreated, renderMessage, type Message, type Step } from "./message.ts";
import { segmentsOf } from "./segments.ts";
import { readSend, refuse, type Send } from "./send.ts";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;

export function createMessage(call: Call, courier: Courier): Answer {
  const { state, nowMs } = call;
  const send = readSend(call.form);
  if ("status" in send) return send;
  const effect = applyEffect(call, send.to, "message");
  const code = refusalOf(send, state.optedOut, effect);
  if (code !== undefined) return refuse(code, send);
  const message = messageOf(send, nowMs);
  state.messages.push(message);
  const steps = stepsOf(effect);
  const { to, body, sid } = message;
  if (steps.at(-1)?.status === "delivered") {
    const from = message.from ?? TWIN_FROM;
    const at = new Date(nowMs).toISOString();
    const text = { to, from, channel: "sms", body, code: codeInBody(body), at } as const;
    deliver(state, { ...text, message_sid: sid });
  }
  const rule = effect?.kind === "callbacks" ? effect.rule : state.callbackRule;
  call.after(() => courier.follow(sid, steps, rule));
  return withEffect({ status: 201, body: renderCreated(message) }, effect);
}

function refusalOf(
  send: Send,
  optedOut: readonly string[],
  effect: Effect | undefined,
): number | undefined {
  const code =
    magicError(send.to, send.from) ?? (effect?.kind === "refused" ? effect.code : undefined);
  return code ?? (optedOut.includes(send.to) ? 21610 : undefined);
}

function messageOf(send: Send, nowMs: number): Message {
  const { to, from, serviceSid, text, statusCallback, provideFeedback } = send;
  return {
    sid: newSid("SM"),
    to,
    from,
    serviceSid,
    body: text,
    segments: segmentsOf(text),
    status: serviceSid === null ? "queued" : "accepted",
    errorCode: null,
    statusCallback,
    provideFeedback,
    feedback: null,
    createdMs: nowMs,
    updatedMs: nowMs,
    sentMs: null,
  };
}

/** Returns the future steps of the message. Each step causes one callback. */
function stepsOf(effect: Effect | undefined): Step[] {
  const queued: Step = { status: "queued", errorCode: null };
  const sent: Step = { status: "sent", errorCode: null };
  if (effect?.kind !== "lost") return [queued, sent, { status: "delivered", errorCode: null }];
  const last: Step = { status: effect.status, errorCode: effect.code };
  // A failed message was never sent to the carrier.
  return effect.status === "failed" ? [queued, last] : [queued, sent, last];
}

/** Returns the message that the path names, with or without `.json`. */
export function messageIn(call: Call): Message | undefined {
  const sid = call.param("message").replace(/\.json$/, "");
  return call.state.messages.find((message) => message.sid === sid);
}

export function fetchMessage(call: Call): Answer {
  const message = messageIn(call);
  return message ? { status: 200, body: renderMessage(message) } : notFound(call.path);
}

/** Lists messages, newest first. Of Twilio's filters the twin supports `To` and `From`. */
export function listMessages(call: Call): Answer {
  const [to, from] = [call.query("To"), call.query("From")];
  const size = Math.min(atLeast(1, call.query("PageSize"), DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE);
  const page = atLeast(0, call.query("Page"), 0);
  const found = call.state.messages
    .filter((message) => (!to || message.to === to) && (!from || message.from === from))
    .toReversed();
  const start = page * size;
  const shown = found.slice(start, start + size);
  const uriOf = (number: number) => {
    const filters = { ...(to && { To: to }), ...(from && { From: from }) };
    const pages = { PageSize: String(size), Page: String(number) };
    return `${ACCOUNT_PATH}/Messages.json?${new URLSearchParams({ ...filters, ...pages }).toString()}`;
  };
  const body = {
    end: Math.max(start, start + shown.length - 1),
    first_page_uri: uriOf(0),
    next_page_uri: start + size < found.length ? uriOf(page + 1) : null,
    page,
    page_size: size,
    previous_page_uri: page > 0 ? uriOf(page - 1) : null,
    messages: shown.map(renderMessage),
    start,
    uri: uriOf(page),
  };
  return { status: 200, body };
}

function atLeast(least: number, text: string | undefined, otherwise: number): number {
  const number = /^\d{1,6}$/.test(text ?? "") ? Number(text) : otherwise;
  return Math.max(least, number);
}
