import { TWIN_ACCOUNT_SID, TWIN_FROM } from "../../src/twin/seed.ts";
import type { TwinOptions } from "../../src/twin/twin.ts";
import { createCaller, type Answered, type Caller } from "./caller.ts";

export const ACCOUNT = `/2010-04-01/Accounts/${TWIN_ACCOUNT_SID}`;
export const MESSAGES = `${ACCOUNT}/Messages.json`;
export const HOOK = "http://127.0.0.1:8787/hook?id=a%20b";

/** A callback as its receiver got it. */
export interface Callback {
  url: string;
  method: string;
  headers: Headers;
  form: Record<string, string>;
}

export interface Messenger extends Caller {
  callbacks: Callback[];
  send(to: string, more?: Record<string, unknown>): Promise<Answered>;
  /** Sends a message with a callback URL, and waits until all callbacks arrived. */
  follow(to: string, more?: Record<string, unknown>): Promise<string>;
  message(sid: unknown): Promise<Answered>;
  statuses(): string[];
}

/**
 * Returns a twin whose callbacks are recorded. `answer` may answer them with another status than
 * 204.
 */
export function createMessenger(
  options: Partial<TwinOptions> = {},
  answer: () => Response | Promise<Response> = () => new Response(null, { status: 204 }),
): Messenger {
  const callbacks: Callback[] = [];
  const callbackFetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { url, method, headers } = request;
    // `text()` would make workerd warn that a form "does not appear to be text".
    const text = new TextDecoder().decode(await request.arrayBuffer());
    const form = Object.fromEntries(new URLSearchParams(text));
    callbacks.push({ url, method, headers, form });
    return answer();
  };
  const caller = createCaller({ callbackFetch, ...options });
  const messenger: Messenger = {
    ...caller,
    callbacks,
    send: (to, more) =>
      caller.api("POST", MESSAGES, {
        To: to,
        From: TWIN_FROM,
        Body: "Your code is 424242",
        ...more,
      }),
    async follow(to, more) {
      const { status, body } = await messenger.send(to, { StatusCallback: HOOK, ...more });
      if (status !== 201) throw new Error(`not sent: ${JSON.stringify(body)}`);
      await caller.twin.settled();
      return String(body.sid);
    },
    message: (sid) => caller.api("GET", `${ACCOUNT}/Messages/${String(sid)}.json`),
    statuses: () => callbacks.map(({ form }) => String(form.MessageStatus)),
  };
  return messenger;
}
