import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const maxGzipBytes = 128 * 1024;

/** What only the twin and the command line say; each is looked for in their source as well. */
const foreignMarkers = {
  "twin/seed.ts": ["ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "twin-api-key-secret-is-no-secret"],
  "twin/control.ts": ["/twin/clock", "/twin/faults", "inbox.json"],
  "twin/twin.ts": ["twin_failed"],
  "cli/dev-vars.ts": ["Written by the first"],
};

describe("the bundle of the Worker", () => {
  let folder: string;
  let bundle: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "phonegate-bundle-"));
    const wrangler = join(
      createRequire(import.meta.url).resolve("wrangler/package.json"),
      "../bin/wrangler.js",
    );
    // The `build` of package.json, into a folder of its own.
    const args = [wrangler, "deploy", "--dry-run", "--env=", "--minify", "--outdir", folder];
    await promisify(execFile)(process.execPath, args, { cwd: root });
    const files = (await readdir(folder)).filter((file) => file.endsWith(".js"));
    expect(files).toEqual(["index.js"]);
    bundle = await readFile(join(folder, "index.js"), "utf8");
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it("is built as package.json builds it", async () => {
    const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    expect(scripts.build).toBe("wrangler deploy --dry-run --env= --minify --outdir dist");
  });

  it("has at most 128 KiB when it is compressed", () => {
    expect(gzipSync(bundle, { level: 9 }).byteLength).toBeLessThanOrEqual(maxGzipBytes);
  });

  it("holds nothing of the twin and of the command line", async () => {
    for (const [file, markers] of Object.entries(foreignMarkers)) {
      const source = await readFile(join(root, "src", file), "utf8");
      for (const marker of markers) {
        expect(source).toContain(marker);
        expect(bundle.includes(marker), `${marker} of ${file} is in the bundle`).toBe(false);
      }
    }
  });

  it("needs nothing of Node", () => {
    expect(bundle.match(/["'`]node:[a-z_/]+["'`]/g) ?? []).toEqual([]);
  });

  it("is the Worker: it has the routes of the contract", () => {
    for (const part of ["/healthz", "/v1/verifications", "/.well-known/jwks.json"])
      expect(bundle).toContain(part);
  });
});
