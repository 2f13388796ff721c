import { DurableObject } from "cloudflare:workers";
import { isLoopback } from "../lib/origin.ts";
import type { TwinStore } from "./desk.ts";
import { STATE_VERSION, type TwinState } from "./state.ts";
import { createTwin, type Twin as Emulator } from "./twin.ts";

interface Env {
  ASSETS: Fetcher;
  TWIN: DurableObjectNamespace<Twin>;
}

/** Characters per row, far below SQLite's two megabytes. A character has up to three bytes. */
const PART_LENGTH = 50_000;

/**
 * Runs the emulator. It stores its state before it answers a call, so an eviction loses nothing.
 */
export class Twin extends DurableObject<Env> {
  readonly #emulator: Emulator;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#emulator = createTwin({
      now: () => Date.now(),
      store: sqliteStore(ctx.storage),
      background: (work) => ctx.waitUntil(work),
      // oxlint-disable-next-line no-console -- `npm start` shows it in the terminal
      print: (line) => console.log(line),
    });
  }

  override async fetch(request: Request): Promise<Response> {
    const response = await this.#emulator.fetch(request);
    // workerd prints a stack trace for a body that is unread at the time of the answer.
    if (request.body !== null && !request.bodyUsed) await request.arrayBuffer();
    return response;
  }
}

/** Stores the state as JSON in several rows. It is read once and then kept in memory. */
function sqliteStore(storage: DurableObjectStorage): TwinStore {
  let state: TwinState | undefined;
  storage.sql.exec("CREATE TABLE IF NOT EXISTS state (part INTEGER PRIMARY KEY, json TEXT)");
  return {
    load() {
      state ??= parse(
        storage.sql
          .exec<{ json: string }>("SELECT json FROM state ORDER BY part")
          .toArray()
          .map((row) => row.json)
          .join(""),
      );
      return Promise.resolve(state);
    },
    save(next) {
      state = next;
      const json = JSON.stringify(next);
      storage.transactionSync(() => {
        storage.sql.exec("DELETE FROM state");
        for (let at = 0; at < json.length; at += PART_LENGTH) {
          const part = json.slice(at, at + PART_LENGTH);
          storage.sql.exec("INSERT INTO state VALUES (?, ?)", at / PART_LENGTH, part);
        }
      });
      return Promise.resolve();
    },
  };
}

function parse(json: string): TwinState | undefined {
  if (json === "") return undefined;
  const state: unknown = JSON.parse(json);
  return isCurrent(state) ? state : undefined;
}

/** Whether the stored state has the current layout. A state of another version is dropped. */
function isCurrent(state: unknown): state is TwinState {
  if (typeof state !== "object" || state === null) return false;
  return "version" in state && state.version === STATE_VERSION;
}

/**
 * Refuses foreign hosts before anything else. Over plain HTTP a browser sends neither `Origin` nor
 * `Sec-Fetch-Site` when a page reads from a foreign name that resolves to this machine. The phone's
 * page is a static asset. All other requests go to the one object that holds the state.
 */
export default {
  async fetch(request, env) {
    if (!isLoopback(new URL(request.url)))
      return Response.json({ error: "foreign_host" }, { status: 403 });
    const isRead = request.method === "GET" || request.method === "HEAD";
    const asset = isRead ? await env.ASSETS.fetch(request) : undefined;
    if (asset !== undefined && asset.status !== 404) return asset;
    return env.TWIN.get(env.TWIN.idFromName("twin")).fetch(request);
  },
} satisfies ExportedHandler<Env>;
