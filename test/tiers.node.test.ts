import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testFilesByTier, tierOf } from "./helpers/tiers.ts";

/** Not written as one word, because the same rule judges this file. */
const dynamic = (name: string): string => `const { env } = await import("${name}");`;

describe("the tier of a test file", () => {
  const of = (source: string, others: Record<string, string> = {}) => {
    const files: Record<string, string> = { ...others, "test/a.test.ts": source };
    return tierOf("test/a.test.ts", (path) => files[path]);
  };

  it("is Node if the test needs nothing of the Worker", () => {
    expect(of('import { it } from "vitest";\nimport { a } from "../src/a.ts";')).toBe("node");
  });

  it.each([
    'import { reset } from "cloudflare:test";',
    'import { env } from "cloudflare:workers";',
    'import { createApp } from "../src/app.ts";\nimport {\n  env,\n  reset,\n} from "cloudflare:test";',
    dynamic("cloudflare:workers"),
  ])("is the Worker's runtime with %s", (source) => {
    expect(of(source)).toBe("workerd");
  });

  it("is the Worker's runtime if an indirect import needs it", () => {
    const others = {
      "test/helpers/b.ts": 'export { c } from "../../src/c.ts";',
      "src/c.ts": 'import { DurableObject } from "cloudflare:workers";',
    };
    expect(of('import { c } from "./helpers/b.ts";', others)).toBe("workerd");
    expect(of('import { a } from "./missing.ts";', others)).toBe("node");
  });

  it("ignores type imports, and imports in comments and texts", () => {
    const others = { "src/c.ts": 'import "cloudflare:workers";' };
    expect(of('import type { C } from "../src/c.ts";', others)).toBe("node");
    expect(of('// import "cloudflare:test";')).toBe("node");
    expect(of(`expect(of('import "cloudflare:test";')).toBe("workerd");`)).toBe("node");
  });

  it("is a Worker of its own if the test or a helper lists the objects", () => {
    const lists = 'import { listDurableObjectIds } from "cloudflare:test";';
    expect(of(lists)).toBe("own-worker");
    expect(of('import { kept } from "./kept.ts";', { "test/kept.ts": lists })).toBe("own-worker");
  });

  it("is the tier of processes if the test or its helper starts one, not if src could", () => {
    const starts = 'import { spawn } from "node:child_process";';
    expect(of(starts)).toBe("processes");
    expect(of('import { run } from "./run.ts";', { "test/run.ts": starts })).toBe("processes");
    expect(of('import { run } from "../src/cli/run.ts";', { "src/cli/run.ts": starts })).toBe(
      "node",
    );
    expect(of('import { Miniflare } from "miniflare";')).toBe("processes");
  });

  it("is found in a circle of imports too", () => {
    const others = { "src/b.ts": 'import "./c.ts";', "src/c.ts": 'import "./b.ts";' };
    expect(of('import "../src/b.ts";', others)).toBe("node");
  });
});

describe("the test files", () => {
  const files = testFilesByTier(join(import.meta.dirname, ".."));

  it("are each in one tier, browser tests aside", () => {
    const all = Object.values(files).flat();
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain("test/tiers.node.test.ts");
    expect(all.filter((file) => file.startsWith("test/browser/"))).toEqual([]);
  });

  it("that need Node itself are never in the Worker's tiers", () => {
    const inWorker = [...files.workerd, ...files["own-worker"]];
    expect(inWorker.filter((file) => file.endsWith(".node.test.ts"))).toEqual([]);
  });
});
