import { Hono } from "hono";
import { accountLevers, accountRoutes } from "./account/routes.ts";
import { notFound } from "./answer.ts";
import { createServe, type Print, type Work } from "./api.ts";
import { controlRoutes } from "./control.ts";
import { createDesk, memoryStore, type TwinStore } from "./desk.ts";
import { createEvents } from "./events.ts";
import { createCourier } from "./messaging/courier.ts";
import { messagingLevers } from "./messaging/levers.ts";
import { messagingRoutes } from "./messaging/routes.ts";
import { lookupRoutes } from "./lookup/routes.ts";
import { isForeignPage } from "./same-origin.ts";
import { sleep as realSleep, type Sleep } from "./travel.ts";
import { turnstileRoutes } from "./turnstile/routes.ts";
import { verifyRoutes } from "./verify/routes.ts";

export interface TwinOptions {
  /** The machine's clock in milliseconds. `/twin/clock` moves the twin's own clock ahead of it. */
  now: () => number;
  /** @default in memory */
  store?: TwinStore;
  /** Waits for a delay. @default real time */
  sleep?: Sleep;
  /** Sends status callbacks, only to loopback addresses. @default the global `fetch` */
  callbackFetch?: typeof fetch;
  /** Prints for the developer that a number fails on purpose. @default nothing is printed */
  print?: Print;
  /** Keeps the process alive for work that continues after an answer. @default does nothing */
  background?: (work: Promise<unknown>) => void;
}

/** An emulator that replaces `fetch`. It routes by path and ignores the host. */
export interface Twin {
  fetch: (input: Request | string | URL, init?: RequestInit) => Promise<Response>;
  /** Resolves when every message has its last status and every callback its answer. */
  settled: () => Promise<void>;
}

/**
 * Creates the local Twilio emulator, which uses only web-standard APIs. Unknown paths are 404 in
 * Twilio's format. If its store fails, calls are 500.
 *
 *     const twin = createTwin({ now: Date.now });
 *     const client = twilio(TWIN_ACCOUNT_SID, TWIN_AUTH_TOKEN); // with `twin.fetch` as its transport
 */
export function createTwin(options: TwinOptions): Twin {
  const { now, store = memoryStore(), sleep = realSleep, background = () => undefined } = options;
  const callbackFetch: typeof fetch =
    options.callbackFetch ?? ((input, init) => fetch(input, init));
  const events = createEvents();
  const desk = createDesk({ store, now, onSaved: (change) => events.saved(change) });
  const onStatus = events.status.bind(events);
  const courier = createCourier({ desk, fetch: callbackFetch, sleep, onStatus });
  const inFlight = new Set<Promise<void>>();
  const startWork = (work: Work) => {
    // Only the store can fail here, and the answer has already been sent.
    const done = work()
      .catch(() => undefined)
      .finally(() => inFlight.delete(done));
    inFlight.add(done);
    background(done);
  };
  const serve = createServe(desk, sleep, startWork, options.print ?? (() => undefined));

  const app = new Hono();
  app.use(async (c, next) => {
    if (isForeignPage(c.req.raw)) return c.json({ error: "foreign_origin" }, 403);
    await next();
    return undefined;
  });
  app.route("/", controlRoutes(desk, events));
  app.route("/", messagingLevers(desk));
  app.route("/", accountLevers(desk));
  app.route("/", accountRoutes(serve));
  app.route("/", messagingRoutes(serve, courier));
  app.route("/", verifyRoutes(serve));
  app.route("/", lookupRoutes(serve));
  app.route("/", turnstileRoutes(desk, sleep));
  const unknown = serve("verify", (call) => notFound(call.path));
  app.all("/v2/*", unknown);
  app.notFound((c) => c.json({ error: "not_found" }, 404));
  app.onError((error, c) => {
    // A caller that aborted gets the same error as from `fetch`.
    if (c.req.raw.signal.aborted) throw error;
    return c.json({ error: "twin_failed", message: error.message }, 500);
  });

  return {
    async fetch(input, init) {
      const request = input instanceof Request && !init ? input : new Request(input, init);
      return app.fetch(request);
    },
    async settled() {
      while (inFlight.size > 0) await Promise.all(inFlight);
    },
  };
}
