import { isLoopback } from "../../lib/origin.ts";
import type { Desk } from "../desk.ts";
import { TWIN_ACCOUNT_SID, TWIN_AUTH_TOKEN } from "../seed.ts";
import type { TwinState } from "../state.ts";
import type { Sleep } from "../travel.ts";
import type { CallbackRecord } from "./callback-record.ts";
import { signedUrl, type CallbackRule } from "./callback-rule.ts";
import { takeStep, type Message, type Step } from "./message.ts";
import { signatureOf } from "./signature.ts";

/** The time between two statuses: long enough for the answer to the create to arrive first. */
const STEP_MS = 100;
/** Twilio waits this long for the answer to a callback. */
const CALLBACK_TIMEOUT_MS = 15_000;

/** Moves messages through their statuses and sends the status callbacks. */
export interface Courier {
  /** Resolves when the last callback has been answered or has failed. A reset ends it early. */
  follow(sid: string, steps: readonly Step[], rule: CallbackRule): Promise<void>;
}

/**
 * Creates a courier. The state is locked only while a status is written and never during a
 * callback, because the receiver may call the twin. A callback is never retried. Callbacks that are
 * pending when the twin stops are lost.
 */
export function createCourier(options: {
  desk: Desk;
  fetch: typeof fetch;
  sleep: Sleep;
  onStatus: (message: Message) => void;
}): Courier {
  const { desk, sleep, onStatus } = options;
  const pause = (ms: number) => sleep(ms, new AbortController().signal);

  /** Returns the message after this step, or undefined if it was deleted. */
  async function advance(sid: string, step: Step): Promise<Message | undefined> {
    const snapshot = await desk.run((state, nowMs) => {
      const message = findMessage(state, sid);
      if (!message) return undefined;
      takeStep(message, step, nowMs);
      return { ...message };
    });
    if (snapshot) onStatus(snapshot);
    return snapshot;
  }

  async function sendCallbacks(message: Message, rule: CallbackRule): Promise<void> {
    const { sid, status, statusCallback: url } = message;
    if (url === null) return;
    for (let times = 0; times < (rule.drop ? 1 : rule.repeat); times++) {
      if (!(await desk.run((state) => findMessage(state, sid) !== undefined))) return;
      const [outcome, httpStatus] = rule.drop
        ? (["dropped", null] as const)
        : await callBack(options.fetch, { url, signed: signedUrl(url, rule) }, message);
      await desk.run((state, nowMs) => {
        const at = new Date(nowMs).toISOString();
        const what = { message_sid: sid, message_status: status, url };
        state.callbacks.push({ ...what, outcome, http_status: httpStatus, at });
      });
    }
  }

  return {
    async follow(sid, steps, rule) {
      const held: Message[] = [];
      for (const step of steps) {
        await pause(STEP_MS);
        const message = await advance(sid, step);
        if (!message) return;
        if (rule.delay_ms > 0 || rule.reorder) held.push(message);
        else await sendCallbacks(message, rule);
      }
      if (rule.delay_ms > 0) await pause(rule.delay_ms);
      for (const message of rule.reorder ? held.toReversed() : held)
        await sendCallbacks(message, rule);
    },
  };
}

function findMessage(state: TwinState, sid: string): Message | undefined {
  return state.messages.find((message) => message.sid === sid);
}

async function callBack(
  send: typeof fetch,
  { url, signed }: { readonly url: string; readonly signed: string },
  message: Message,
): Promise<[CallbackRecord["outcome"], number | null]> {
  // The twin sends nothing to other machines.
  if (!isLoopback(new URL(url))) return ["not_called", null];
  const parameters = parametersOf(message);
  try {
    const response = await send(url, {
      method: "POST",
      headers: {
        "User-Agent": "TwilioProxy/1.1",
        "X-Twilio-Signature": await signatureOf(TWIN_AUTH_TOKEN, signed, parameters),
      },
      body: new URLSearchParams(parameters),
      // A redirect could lead off this machine.
      redirect: "manual",
      signal: AbortSignal.timeout(CALLBACK_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return ["answered", response.status];
  } catch {
    return ["failed", null];
  }
}

function parametersOf(message: Message): Record<string, string> {
  const { sid, status, to, from, errorCode, serviceSid } = message;
  return {
    MessageSid: sid,
    SmsSid: sid,
    MessageStatus: status,
    SmsStatus: status,
    To: to,
    From: from ?? "",
    AccountSid: TWIN_ACCOUNT_SID,
    ApiVersion: "2010-04-01",
    ...(errorCode !== null && { ErrorCode: String(errorCode) }),
    ...(serviceSid !== null && { MessagingServiceSid: serviceSid }),
  };
}
