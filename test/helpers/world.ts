import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env as testEnv } from "cloudflare:workers";
import { vi } from "vitest";
import { createApp } from "../../src/app.ts";
import {
  TWIN_ACCOUNT_SID,
  TWIN_AUTH_TOKEN,
  TWIN_VERIFY_SERVICE_SID,
  TWIN_VERIFY_SERVICE_SID_STEP_UP,
  TWIN_VERIFY_SERVICE_SID_TRANSACTION,
  TWIN_VERIFY_SERVICE_SID_TWO_FACTOR,
} from "../../src/twin/seed.ts";
import { createTwin } from "../../src/twin/twin.ts";
import { undocumented } from "./documented.ts";
import { randomKey, signingJwk } from "./keys.ts";

export const twinOrigin = "http://127.0.0.1:8788";
export const workerOrigin = "http://127.0.0.1:8787";

/** Returns the settings of `npm start` with new keys. */
export async function developmentEnv(): Promise<Record<string, unknown>> {
  return {
    ASSETS: testEnv.ASSETS,
    LIMITS: testEnv.LIMITS,
    PHONE_LEDGER: testEnv.PHONE_LEDGER,
    SEND_BUDGET: testEnv.SEND_BUDGET,
    SUBJECT_SESSIONS: testEnv.SUBJECT_SESSIONS,
    TWILIO_BASE_URL: twinOrigin,
    // All tests use one prefix of fictional numbers, so the breakers only record, as with
    // `npm start`.
    GUARD_RECORD: "on",
    // Strangers may use the whole cap, so that a test can reach it.
    BUDGET_RESERVED: "0%",
    CHANNELS: "sms,call,whatsapp",
    TWILIO_ACCOUNT_SID: TWIN_ACCOUNT_SID,
    TWILIO_AUTH_TOKEN: TWIN_AUTH_TOKEN,
    TWILIO_VERIFY_SERVICE_SID: TWIN_VERIFY_SERVICE_SID,
    TWILIO_VERIFY_SERVICE_SID_STEP_UP: TWIN_VERIFY_SERVICE_SID_STEP_UP,
    TWILIO_VERIFY_SERVICE_SID_TWO_FACTOR: TWIN_VERIFY_SERVICE_SID_TWO_FACTOR,
    TWILIO_VERIFY_SERVICE_SID_TRANSACTION: TWIN_VERIFY_SERVICE_SID_TRANSACTION,
    SIGNING_KEYS: JSON.stringify({ keys: [await signingJwk("key-1")] }),
    SUBJECT_KEY: randomKey(),
    PEPPERS: `1:${randomKey()}`,
  };
}

/** One request that the Worker sent. */
export interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly form: Record<string, string>;
}

export interface WorldOptions {
  /** Overrides `developmentEnv`. `undefined` removes a setting. */
  readonly env?: Record<string, unknown>;
  /** Intercepts requests from the Worker to the twin. */
  readonly network?: (request: Request, twin: typeof fetch) => Promise<Response>;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

export type World = Awaited<ReturnType<typeof createWorld>>;

const realSetTimeout = globalThis.setTimeout;

/** Real pauses for the twin, so that its callbacks come after the answer to their request. */
const realSleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void realSetTimeout(resolve, milliseconds));

/** Skips the Worker's pauses of less than a second before a retry. Deadlines are longer. */
function skipPauses(): void {
  const skipping = (run: () => void, milliseconds = 0) =>
    realSetTimeout(run, milliseconds < 1000 ? 0 : milliseconds);
  vi.spyOn(globalThis, "setTimeout").mockImplementation(skipping);
}

/**
 * Creates the real app and the real twin with one clock. They communicate only through HTTP
 * requests.
 */
export async function createWorld(options: WorldOptions = {}) {
  // Durable Objects run in this isolate too, so one fake Date is the clock of all. It is in the
  // future, because an alarm that is due by the real clock would run at once.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2035-01-02T03:04:05Z") });
  skipPauses();
  const clock = {
    get nowMs() {
      return Date.now();
    },
    set nowMs(milliseconds: number) {
      vi.setSystemTime(milliseconds);
    },
  };
  const twin = createTwin({
    now: () => clock.nowMs,
    sleep: options.sleep ?? realSleep,
    // Status callbacks reach the Worker as external requests.
    callbackFetch: async (input, init) => {
      const request = new Request(input, init);
      const { method, headers } = request;
      return send(request.url, { method, headers, body: await request.arrayBuffer() });
    },
  });
  const outgoing: Outgoing[] = [];
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line: unknown) => void lines.push(String(line)));

  const network: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { method, url, headers } = request;
    const body = new TextDecoder().decode(await request.clone().arrayBuffer());
    const form = Object.fromEntries(new URLSearchParams(body));
    outgoing.push({ method, url, headers, form });
    const toTwin: typeof fetch = (next, more) => twin.fetch(new Request(next, more));
    return options.network ? options.network(request, toTwin) : toTwin(request);
  };
  const app = createApp({ fetch: network, now: () => clock.nowMs });
  const settings = { ...(await developmentEnv()), ...options.env };

  /**
   * Sends one request to the Worker and waits for its background work. Fails if the answer is not
   * in the OpenAPI document.
   */
  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("CF-Connecting-IP")) headers.set("CF-Connecting-IP", "198.51.100.7");
    const url = path.startsWith("http") ? path : `${workerOrigin}${path}`;
    const context = createExecutionContext();
    const request = new Request(url, { ...init, headers });
    const response = await app.fetch(request, settings, context);
    await waitOnExecutionContext(context);
    const unknown = await undocumented(request, response);
    if (unknown.length > 0) throw new Error(`not in the OpenAPI document:\n${unknown.join("\n")}`);
    return response;
  }

  function post(path: string, body: unknown, headers: Record<string, string> = {}) {
    return send(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  }

  async function inbox(to: string): Promise<{ code: string; body: string; channel: string }[]> {
    const url = `${twinOrigin}/inbox.json?to=${encodeURIComponent(to)}`;
    return (await twin.fetch(url)).json();
  }

  async function fault(next: Record<string, unknown>): Promise<void> {
    const headers = { "Content-Type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(next) };
    const response = await twin.fetch(`${twinOrigin}/twin/faults`, init);
    if (!response.ok) throw new Error(`the twin refused the fault: ${await response.text()}`);
  }

  return { app, clock, twin, outgoing, lines, settings, send, post, inbox, fault };
}

/** Starts a verification. Returns it with the code that arrived on the phone. */
export async function start(world: World, to: string, more: Record<string, unknown> = {}) {
  const response = await world.post("/v1/verifications", { to, ...more });
  const answer = await response.json<{ id: string; expires_at: string }>();
  if (response.status !== 201) throw new Error(`not started: ${JSON.stringify(answer)}`);
  const [newest] = await world.inbox(to);
  if (newest === undefined) throw new Error("no message arrived");
  return { id: answer.id, expiresAt: answer.expires_at, code: newest.code };
}

export function wrong(code: string): string {
  return code.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10));
}
