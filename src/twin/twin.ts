import { Hono } from "hono";
import { accountLevers, accountRoutes } from "./account/routes.ts";
import { notFound } from "./answer.ts";
import { createServe, type Tell, type Work } from "./api.ts";
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
  /** The machine's clock in milliseconds; the twin's own runs ahead of it by `/twin/clock`. */
  now: () => number;
  /** @default in memory */
  store?: TwinStore;
  /** Waits out a delay. @default real time */
  sleep?: Sleep;
  /** Carries status callbacks, to loopback addresses alone. @default the global `fetch` */
  callbackFetch?: typeof fetch;
  /** Says to the developer that a number fails on purpose. @default no one hears it */
  tell?: Tell;
  /** Keeps the process alive for work that goes on after an answer. @default nothing does */
  background?: (work: Promise<unknown>) => void;
}

/** A drop-in for `fetch`: routes by path, whatever the host is. */
export interface Twin {
  fetch: (input: Request | string | URL, init?: RequestInit) => Promise<Response>;
  /** Resolves when every message so far has its last status and every callback its answer. */
  settled: () => Promise<void>;
}

/**
 * The local Twilio emulator, with only web-standard APIs. Unknown paths answer 404 in Twilio's
 * words. When its store fails, calls answer 500; there is nothing to fall back to.
 */
export function createTwin(options: TwinOptions): Twin {
  const { now, store = memoryStore(), sleep = realSleep, background = () => undefined } = options;
  const callbackFetch: typeof fetch =
    options.callbackFetch ?? ((input, init) => fetch(input, init));
  const events = createEvents();
  const desk = createDesk({ store, now, onSaved: (change) => events.saved(change) });
  const onStatus = events.status.bind(events);
  const courier = createCourier({ desk, fetch: callbackFetch, sleep, onStatus });
  const underWay = new Set<Promise<void>>();
  const begin = (work: Work) => {
    // Only the store can fail here, and nobody waits for an answer any more.
    const done = work()
      .catch(() => undefined)
      .finally(() => underWay.delete(done));
    underWay.add(done);
    background(done);
  };
  const serve = createServe(desk, sleep, begin, options.tell ?? (() => undefined));

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
    // A caller who gave up gets what `fetch` would throw.
    if (c.req.raw.signal.aborted) throw error;
    return c.json({ error: "twin_failed", message: error.message }, 500);
  });

  return {
    async fetch(input, init) {
      const request = input instanceof Request && !init ? input : new Request(input, init);
      return app.fetch(request);
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
