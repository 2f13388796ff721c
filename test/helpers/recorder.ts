import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env as testEnv } from "cloudflare:workers";
import { createWorld, workerOrigin } from "./world.ts";

/** One call to a store or to Twilio: `PHONE_LEDGER.beginStart`, `LIMITS.get`, `twilio.send`. */
export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
  /** Whose method it is: the stub of a Durable Object, the namespace of KV, or the network. */
  readonly target: object;
  /** Does the call. */
  readonly run: () => Promise<unknown>;
}

/** Stands between the app and the outside: runs the call, or does something else instead. */
export type Intercept = (call: Call) => Promise<unknown>;

/** The bindings of `wrangler.toml`, each call of theirs handed to `intercept`. */
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
        // An object that is asked by `run(method, request)` names the method as its first argument.
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

/** So many turns of the event loop without a call show that the app waits for what it has asked. */
const quietTurns = 3;
/** So many turns is work held back that goes on after the answer, lest it end before by chance. */
const patientTurns = 50;

/**
 * Notes when each call to the outside begins and ends (a counter, no clock), and finds the longest
 * chain of calls of which each began after the one before had ended.
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
   * `inBackground` are calls that must not be waited for: each is held back until the answer. An
   * app that waits for one gets it when nothing else goes on any more, and a longer chain.
   */
  constructor(inBackground: readonly string[]) {
    this.#inBackground = new Set(inBackground);
  }

  /** Calls that the app makes side by side have all begun by then, so none of them ends before. */
  async #quiet(needed: number): Promise<void> {
    let [begun, quiet] = [this.#begun, 0];
    while (quiet < needed) {
      await this.#turn();
      const isQuiet = this.#running === 0 && begun === this.#begun;
      quiet = isQuiet ? quiet + 1 : 0;
      begun = this.#begun;
    }
  }

  /** One turn of the event loop, the same for all that wait. */
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

  /** Resolves when the request that is recorded has its answer. */
  untilAnswered(): Promise<void> {
    return this.#answered.promise;
  }

  /** Of the calls that had ended when the answer left. */
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

  /** Every call, ended before the answer or not. */
  names(): string[] {
    return this.#calls.map(({ name }) => name);
  }
}

function longest(lists: readonly string[][]): string[] {
  return lists.reduce((best, list) => (list.length > best.length ? list : best), []);
}

const realSetTimeout = globalThis.setTimeout;

/** Waits by the real clock; zero is one turn of the event loop. */
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void realSetTimeout(resolve, milliseconds));

/** Turns of the event loop, in which everything that waits for nothing outside goes on. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await pause(0);
}

function outsideCall(url: string): string {
  if (url.endsWith("/siteverify")) return "turnstile.siteverify";
  if (url.includes("/v2/PhoneNumbers/")) return "twilio.lookup";
  if (/\/(Verifications|Messages\.json)$/.test(url)) return "twilio.send";
  if (url.endsWith("/VerificationCheck")) return "twilio.check";
  return url.endsWith("/Feedback.json") ? "twilio.feedback" : "twilio.cancel";
}

/** A world whose every way out is recorded. `between` may change how a store answers. */
export async function recordedWorld(options: {
  readonly inBackground: readonly string[];
  readonly env?: Record<string, unknown>;
  readonly between?: (record: Intercept) => Intercept;
}) {
  const recorder = new Recorder(options.inBackground);
  const intercept = options.between?.(recorder.intercept) ?? recorder.intercept;
  const world = await createWorld({
    env: { ...interceptedBindings(intercept), ...options.env },
    // What the twin reports of a message is a request of its own, after the one that is recorded.
    sleep: () => recorder.untilAnswered(),
    network: async (request, twin) => {
      const call = { name: outsideCall(request.url), args: [], target: request };
      return (await recorder.intercept({ ...call, run: () => twin(request) })) as Response;
    },
  });

  /** One request; the chain is that of this request alone. */
  async function send(path: string, init: RequestInit): Promise<Response> {
    // What the twin reports of messages that went before is not of this request.
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
