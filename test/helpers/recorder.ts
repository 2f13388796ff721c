import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env as testEnv } from "cloudflare:workers";
import { createWorld, workerOrigin } from "./world.ts";

/** One call to a store or to Twilio: `PHONE_LEDGER.beginStart`, `LIMITS.get`, `twilio.send`. */
export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
  /** The owner of the method: the stub of a Durable Object, a KV namespace, or the network. */
  readonly target: object;
  /** Makes the call. */
  readonly run: () => Promise<unknown>;
}

/** Intercepts a call of the app: it runs the call or does something else. */
export type Intercept = (call: Call) => Promise<unknown>;

/** Returns the bindings of `wrangler.toml`. Each of their calls goes through `intercept`. */
export function interceptedBindings(
  intercept: Intercept,
  bindings: Record<string, object> = {
    LIMITS: testEnv.LIMITS,
    PHONE_LEDGER: testEnv.PHONE_LEDGER,
    SEND_BUDGET: testEnv.SEND_BUDGET,
    SUBJECT_SESSIONS: testEnv.SUBJECT_SESSIONS,
  },
): Record<string, object> {
  const wrapped = Object.entries(bindings).map(([name, binding]) => [
    name,
    "getByName" in binding
      ? interceptedNamespace(name, binding, intercept)
      : interceptedMethods(name, binding, intercept),
  ]);
  return Object.fromEntries(wrapped);
}

function interceptedNamespace(name: string, namespace: object, intercept: Intercept): object {
  const getByName = (...args: unknown[]): object =>
    interceptedMethods(name, callMethod(namespace, "getByName", args) as object, intercept);
  return { getByName };
}

function interceptedMethods(name: string, target: object, intercept: Intercept): object {
  return new Proxy(target, {
    get:
      (_, method) =>
      (...args: unknown[]): Promise<unknown> => {
        const run = async () => callMethod(target, method, args);
        // A call `run(method, request)` names the method in its first argument.
        const called = method === "run" ? args[0] : method;
        return intercept({ name: `${name}.${String(called)}`, args, target, run });
      },
  });
}

function callMethod(target: object, method: string | symbol, args: unknown[]): unknown {
  const found: unknown = Reflect.get(target, method);
  if (typeof found !== "function") throw new Error(`${String(method)} is no method`);
  return Reflect.apply(found as (...args: unknown[]) => unknown, target, args);
}

interface Recorded {
  readonly name: string;
  readonly begin: number;
  end?: number;
}

/** After this many turns of the event loop without a call, the app waits for its pending calls. */
const quietTurns = 3;
/**
 * Background work is delayed this many turns, so that it does not end before the answer by chance.
 */
const patientTurns = 50;

/**
 * Records when each call begins and ends, with a counter instead of a clock. It finds the longest
 * chain of calls, of which each began after the previous one had ended.
 */
export class Recorder {
  readonly #calls: Recorded[] = [];
  readonly #inBackground: ReadonlySet<string>;
  #ticks = 0;
  #begun = 0;
  #running = 0;
  #nextTurn: Promise<void> | undefined;
  #answered = Promise.withResolvers<void>();
  #answeredAt = Number.POSITIVE_INFINITY;

  /**
   * The app must not wait for the calls in `inBackground`. Each is held back until the answer. If
   * the app waits for one, it is released when nothing else runs, and the chain is longer.
   */
  constructor(inBackground: readonly string[]) {
    this.#inBackground = new Set(inBackground);
  }

  /** Waits until all parallel calls have begun, so that none of them ends before. */
  async #quiet(needed: number): Promise<void> {
    let [begun, quiet] = [this.#begun, 0];
    while (quiet < needed) {
      await this.#turn();
      const isQuiet = this.#running === 0 && begun === this.#begun;
      quiet = isQuiet ? quiet + 1 : 0;
      begun = this.#begun;
    }
  }

  /** One turn of the event loop, shared by all waiters. */
  #turn(): Promise<void> {
    this.#nextTurn ??= pause(0).then(() => (this.#nextTurn = undefined));
    return this.#nextTurn;
  }

  readonly intercept: Intercept = async ({ name, run }) => {
    const call: Recorded = { name, begin: this.#ticks++ };
    this.#calls.push(call);
    try {
      this.#begun += 1;
      this.#running += 1;
      const outcome = await run().finally(() => (this.#running -= 1));
      const isHeldBack = this.#inBackground.has(name);
      await Promise.race([
        this.#quiet(isHeldBack ? patientTurns : quietTurns),
        ...(isHeldBack ? [this.#answered.promise] : []),
      ]);
      return outcome;
    } finally {
      call.end = this.#ticks++;
    }
  };

  forget(): void {
    this.#calls.length = 0;
    this.#answered = Promise.withResolvers<void>();
    this.#answeredAt = Number.POSITIVE_INFINITY;
  }

  answered(): void {
    this.#answeredAt = this.#ticks++;
    this.#answered.resolve();
  }

  /** Resolves when the recorded request has its answer. */
  untilAnswered(): Promise<void> {
    return this.#answered.promise;
  }

  /** Returns the longest chain of calls that ended before the answer. */
  longestChain(): string[] {
    const ended = this.#calls
      .map(({ name, begin, end = Number.POSITIVE_INFINITY }) => ({ name, begin, end }))
      .filter(({ end }) => end < this.#answeredAt)
      .toSorted((left, right) => left.end - right.end);
    const chains: { end: number; names: string[] }[] = [];
    for (const { name, begin, end } of ended) {
      const before = chains.filter((chain) => chain.end < begin).map(({ names }) => names);
      chains.push({ end, names: [...longest(before), name] });
    }
    return longest(chains.map(({ names }) => names));
  }

  /** Returns the names of all calls. */
  names(): string[] {
    return this.#calls.map(({ name }) => name);
  }
}

function longest(lists: readonly string[][]): string[] {
  return lists.reduce((best, list) => (list.length > best.length ? list : best), []);
}

const realSetTimeout = globalThis.setTimeout;

/** Waits by the real clock. Zero is one turn of the event loop. */
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void realSetTimeout(resolve, milliseconds));

/** Waits for turns of the event loop, in which all work without external calls continues. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await pause(0);
}

/** The app's backend, which allows everything that it is asked. */
const backendOrigin = "https://backend.example/";

function outsideCall(url: string): string {
  if (url.startsWith(backendOrigin)) return "hook";
  if (url.endsWith("/siteverify")) return "turnstile.siteverify";
  if (url.includes("/v2/PhoneNumbers/")) return "twilio.lookup";
  if (/\/(Verifications|Messages\.json)$/.test(url)) return "twilio.send";
  if (url.endsWith("/VerificationCheck")) return "twilio.check";
  return url.endsWith("/Feedback.json") ? "twilio.feedback" : "twilio.cancel";
}

/** Creates a world that records all external calls. `between` may change the answer of a store. */
export async function recordedWorld(options: {
  readonly inBackground: readonly string[];
  readonly env?: Record<string, unknown>;
  readonly between?: (record: Intercept) => Intercept;
}) {
  const recorder = new Recorder(options.inBackground);
  const intercept = options.between?.(recorder.intercept) ?? recorder.intercept;
  const world = await createWorld({
    env: { ...interceptedBindings(intercept), ...options.env },
    // The twin's delivery report is a separate request after the recorded one.
    sleep: () => recorder.untilAnswered(),
    network: async (request, twin) => {
      const call = { name: outsideCall(request.url), args: [], target: request };
      const run = async () =>
        call.name === "hook" ? Response.json({ allow: true }) : twin(request);
      return (await recorder.intercept({ ...call, run })) as Response;
    },
  });

  /** Sends one request. The chain is that of this request only. */
  async function send(path: string, init: RequestInit): Promise<Response> {
    // Delivery reports of earlier messages do not belong to this request.
    await world.twin.settled();
    recorder.forget();
    const context = createExecutionContext();
    const headers = new Headers(init.headers);
    headers.set("CF-Connecting-IP", "198.51.100.7");
    if (!headers.has("Content-Type")) headers.set("Content-Type", "application/json");
    const request = new Request(`${workerOrigin}${path}`, { ...init, headers });
    const response = await world.app.fetch(request, world.settings, context);
    recorder.answered();
    await waitOnExecutionContext(context);
    return response;
  }

  return { world, recorder, send };
}
