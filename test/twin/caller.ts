import { TWIN_ACCOUNT_SID, TWIN_AUTH_TOKEN, TWIN_VERIFY_SERVICE_SID } from "../../src/twin/seed.ts";
import { createTwin, type Twin, type TwinOptions } from "../../src/twin/twin.ts";

export const SEEDED = `/v2/Services/${TWIN_VERIFY_SERVICE_SID}`;
export const NOON_MS = Date.parse("2026-06-01T12:00:00Z");

type Json = Record<string, unknown>;
export interface Answered {
  status: number;
  body: Json;
  headers: Headers;
}

export interface Caller {
  twin: Twin;
  /** The delays of the twin, which the test skips. */
  delays: number[];
  api(method: string, path: string, form?: Json): Promise<Answered>;
  raw(method: string, path: string, form?: Json): Promise<Response>;
  start(to: string, more?: Json): Promise<Answered>;
  check(to: string, code: string): Promise<Answered>;
  control(path: string, body?: unknown): Promise<Answered>;
  inbox(to?: string): Promise<Json[]>;
  codeOf(to: string): Promise<string>;
  advance(seconds: number): Promise<void>;
}

export function basic(user: string, password: string): string {
  return `Basic ${btoa(`${user}:${password}`)}`;
}

/** Returns a twin for one test. The machine's clock stands still at noon. */
export function createCaller(options: Partial<TwinOptions> = {}): Caller {
  const delays: number[] = [];
  const sleep = (ms: number) => {
    delays.push(ms);
    return Promise.resolve();
  };
  const twin = createTwin({ now: () => NOON_MS, sleep, ...options });

  const caller: Caller = {
    twin,
    delays,
    raw(method, path, form) {
      const headers = { Authorization: basic(TWIN_ACCOUNT_SID, TWIN_AUTH_TOKEN) };
      const body = form && new URLSearchParams(textOf(form));
      const init = body ? { method, headers, body } : { method, headers };
      return twin.fetch(`https://verify.twilio.com${path}`, init);
    },
    api: async (method, path, form) => answered(await caller.raw(method, path, form)),
    start: (to, more) =>
      caller.api("POST", `${SEEDED}/Verifications`, { To: to, Channel: "sms", ...more }),
    check: (to, code) => caller.api("POST", `${SEEDED}/VerificationCheck`, { To: to, Code: code }),
    async control(path, body) {
      const init =
        body === undefined ? { method: "GET" } : { method: "POST", body: JSON.stringify(body) };
      return answered(await twin.fetch(`http://127.0.0.1:8788${path}`, init));
    },
    async inbox(to) {
      const query = to === undefined ? "" : `?to=${encodeURIComponent(to)}`;
      const response = await twin.fetch(`http://127.0.0.1:8788/inbox.json${query}`);
      return response.json<Json[]>();
    },
    async codeOf(to) {
      const [newest] = await caller.inbox(to);
      return String(newest?.code);
    },
    async advance(seconds) {
      await caller.control("/twin/clock", { advance_seconds: seconds });
    },
  };
  return caller;
}

function textOf(form: Json): Record<string, string> {
  return Object.fromEntries(Object.entries(form).map(([name, value]) => [name, String(value)]));
}

async function answered(response: Response): Promise<Answered> {
  const text = await response.text();
  const parsed: unknown = text === "" ? {} : JSON.parse(text);
  const body = typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  return { status: response.status, body, headers: response.headers };
}

/** Returns a code that differs from the given one. */
export function wrong(code: string): string {
  return code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
}
