import { HonoBase } from "hono/hono-base";
import { TrieRouter } from "hono/router/trie-router";
import type { AppEnv } from "./app-env.ts";

/**
 * Hono with its trie router alone: a dozen routes need no other, it takes a path as it is written,
 * and the others are 2 KiB of the script.
 */
export class Router extends HonoBase<AppEnv> {
  constructor() {
    super();
    this.router = new TrieRouter();
  }
}
