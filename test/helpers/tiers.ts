import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix, sep } from "node:path";

/**
 * Where a test file runs. Its imports decide, also those of imported files, so that an author cannot
 * choose wrong:
 *
 * - `workerd`: it needs the Worker's runtime (`cloudflare:test`, `cloudflare:workers`). Many files
 *   share a Worker, whose stores are emptied after each test.
 * - `own-worker`: it also lists the Durable Objects. An emptied object stays in that list, so such a
 *   file gets its own Worker.
 * - `processes`: it starts processes or another runtime.
 * - `node`: all others. They run in Node, many in one worker: the fast tier.
 */
export type Tier = "node" | "processes" | "workerd" | "own-worker";

/** Packages that start processes or a runtime, if a test or a bench imports them directly. */
const starters = ["node:child_process", "miniflare", "wrangler"];

const precedence: readonly Tier[] = ["own-worker", "workerd", "processes"];

/**
 * Static imports at the start of a line, as oxfmt formats them. Imports of only types do not run.
 */
const staticImport = /^(?:import|export)(?! type\b)(?<what>[^;"]*? from)? "(?<from>[^"]+)";$/gm;
const dynamicImport = /(?<what>)\bawait import\("(?<from>[^"]+)"\)/g;

function importsOf(source: string): { what: string; from: string }[] {
  const found = [staticImport, dynamicImport].flatMap((pattern) => [...source.matchAll(pattern)]);
  return found.map(({ groups }) => ({ what: groups?.what ?? "", from: groups?.from ?? "" }));
}

/** Reads a file of the project by its path from the root; undefined if it does not exist. */
type Read = (path: string) => string | undefined;

/** Returns the tier of a test file by its runtime imports. */
export function tierOf(file: string, read: Read): Tier {
  const seen = new Set<string>();
  const tiers = new Set<Tier>();
  const visit = (path: string): void => {
    const source = seen.has(path) ? undefined : read(path);
    seen.add(path);
    if (source === undefined) return;
    for (const { what, from } of importsOf(source)) {
      if (from.startsWith("cloudflare:")) tiers.add("workerd");
      if (what.includes("listDurableObjectIds")) tiers.add("own-worker");
      // A command of `src/cli` can start processes, but a test may run it without them.
      if (starters.includes(from) && !path.startsWith("src/")) tiers.add("processes");
      if (from.startsWith(".")) visit(posix.join(posix.dirname(path), from.replace(/\?.*$/, "")));
    }
  };
  visit(file);
  return precedence.find((tier) => tiers.has(tier)) ?? "node";
}

/** Returns every test file except browser tests by tier. Paths are relative to `root`. */
export function testFilesByTier(root: string): Record<Tier, string[]> {
  const texts = new Map<string, string | undefined>();
  const read = (path: string): string | undefined => {
    if (!texts.has(path)) {
      const file = join(root, path);
      texts.set(path, existsSync(file) ? readFileSync(file, "utf8") : undefined);
    }
    return texts.get(path);
  };
  const files: Record<Tier, string[]> = { node: [], processes: [], workerd: [], "own-worker": [] };
  const all = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" });
  for (const name of all.map((file) => `test/${file.split(sep).join("/")}`).toSorted())
    if (name.endsWith(".test.ts") && !name.startsWith("test/browser/"))
      files[tierOf(name, read)].push(name);
  return files;
}
