import { Hono } from "hono";
import { notFound } from "./answer.ts";
import { createServe } from "./api.ts";
import { controlRoutes } from "./control.ts";
import { createDesk, memoryStore, type TwinStore } from "./desk.ts";
import { createEvents } from "./events.ts";
import { isForeignPage } from "./same-origin.ts";
import { sleep as realSleep, type Sleep } from "./travel.ts";
import { verifyRoutes } from "./verify/routes.ts";

export interface TwinOptions {
  /** The machine's clock in milliseconds; the twin's own runs ahead of it by `/twin/clock`. */
  now: () => number;
  /** @default in memory */
  store?: TwinStore;
  /** Waits out a delay. @default real time */
  sleep?: Sleep;
}

/** A drop-in for `fetch`: routes by path, whatever the host is. */
export interface Twin {
  fetch: (input: Request | string | URL, init?: RequestInit) => Promise<Response>;
}

/**
 * The local Twilio emulator, with only web-standard APIs. Unknown paths answer 404 in Twilio's
 * words. When its store fails, calls answer 500; there is nothing to fall back to.
 */
export function createTwin({ now, store = memoryStore(), sleep = realSleep }: TwinOptions): Twin {
  const events = createEvents();
  const desk = createDesk({ store, now, onSaved: (change) => events.saved(change) });
  const serve = createServe(desk, sleep);

  const app = new Hono();
  app.use(async (c, next) => {
    if (isForeignPage(c.req.raw)) return c.json({ error: "foreign_origin" }, 403);
    await next();
    return undefined;
  });
  app.route("/", controlRoutes(desk, events));
  app.route("/", verifyRoutes(serve));
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
  };
}
