import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { expect, it } from "vitest";
import { floodSeconds } from "../../src/guard/flood.ts";

const root = join(import.meta.dirname, "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

it("an address has 100 starts and 600 other requests per minute, as the guard's page says", () => {
  expect(parse(read("wrangler.toml")).ratelimits).toMatchObject([
    { name: "FLOOD", simple: { limit: 100, period: floodSeconds } },
    { name: "FLOOD_BY_ID", simple: { limit: 600, period: floodSeconds } },
  ]);
  const page = read("docs/guard.md");
  expect(page).toContain("`FLOOD`, bound in `wrangler.toml`: 100 starts a minute");
  expect(page).toContain("`FLOOD_BY_ID`, 600 a minute");
});
