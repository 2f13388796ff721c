import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { byOurTools, prepareDeployment } from "../src/cli/deployment.ts";

const root = join(import.meta.dirname, "..");
const maxGzipBytes = 152 * 1024;

/** Texts of the twin and the command line. Each must occur in their source too. */
const foreignMarkers = {
  "twin/seed.ts": ["ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "twin-api-key-secret-is-no-secret"],
  "twin/control.ts": ["/twin/clock", "/twin/faults", "inbox.json"],
  "twin/twin.ts": ["twin_failed"],
  "cli/dev-vars.ts": ["wrote this file"],
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
    // As `npm run build` builds it, into a folder of its own.
    const args = await prepareDeployment(root, process.env);
    if (typeof args === "string") throw new Error(args);
    await promisify(execFile)(
      process.execPath,
      [wrangler, ...args, "--dry-run", "--outdir", folder],
      { cwd: root, env: { ...process.env, ...byOurTools } },
    );
    const files = (await readdir(folder)).filter((file) => file.endsWith(".js"));
    expect(files).toEqual(["index.js"]);
    bundle = await readFile(join(folder, "index.js"), "utf8");
  }, 120_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it("names the version of package.json", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      version: string;
    };
    expect(bundle).toMatch(new RegExp(`version:"${version.replaceAll(".", "\\.")}",commit:"`));
  });

  it("has at most 152 KiB when it is compressed", () => {
    expect(gzipSync(bundle, { level: 9 }).byteLength).toBeLessThanOrEqual(maxGzipBytes);
  });

  it("contains no code of the twin and of the command line", async () => {
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
