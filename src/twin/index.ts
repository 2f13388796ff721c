import { DurableObject } from "cloudflare:workers";
import { isLoopback } from "../lib/origin.ts";
import type { TwinStore } from "./desk.ts";
import { STATE_VERSION, type TwinState } from "./state.ts";
import { createTwin, type Twin as Emulator } from "./twin.ts";

interface Env {
  ASSETS: Fetcher;
  TWIN: DurableObjectNamespace<Twin>;
}

/** Far below the two megabytes that a row of SQLite holds; a character is up to three bytes. */
const PART_LENGTH = 50_000;

/** Holds the emulator. Its state is in storage before a call is answered, so eviction loses nothing. */
export class Twin extends DurableObject<Env> {
  readonly #emulator: Emulator;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#emulator = createTwin({
      now: () => Date.now(),
      store: sqliteStore(ctx.storage),
      background: (work) => ctx.waitUntil(work),
      // oxlint-disable-next-line no-console -- `npm start` shows it in the terminal
      tell: (line) => console.log(line),
    });
  }

  override async fetch(request: Request): Promise<Response> {
    const response = await this.#emulator.fetch(request);
    // A body that nothing has read by the time of the answer makes workerd print a stack.
    if (request.body !== null && !request.bodyUsed) await request.arrayBuffer();
    return response;
  }
}

/** The state as JSON, in as many rows as it takes; read once, then kept beside the storage. */
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

/** Written by `save` alone; another version's layout is forgotten rather than guessed at. */
function isCurrent(state: unknown): state is TwinState {
  if (typeof state !== "object" || state === null) return false;
  return "version" in state && state.version === STATE_VERSION;
}

/**
 * A host that is not this machine is refused before anything else: over plain HTTP a browser sends
 * neither `Origin` nor `Sec-Fetch-Site` with a read from a foreign name that leads here. Then the
 * phone's page is a static asset, and all else is for the one object that knows everything.
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
