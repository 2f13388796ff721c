import { HonoBase } from "hono/hono-base";
import { TrieRouter } from "hono/router/trie-router";
import type { AppEnv } from "./app-env.ts";

/**
 * Hono with the trie router only. Hono's other routers would add 2 KiB to the script, and a dozen routes
 * need none of them. The trie router matches paths exactly as they are written.
 */
export class Router extends HonoBase<AppEnv> {
  constructor() {
    super();
    this.router = new TrieRouter();
  }
}
