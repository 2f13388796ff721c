import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { buildAssets } from "../../src/cli/build-assets.ts";
import { openApiDocument } from "../../src/openapi/document.ts";

const project = join(import.meta.dirname, "..", "..");
let folder: string;
let target: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "phonegate-assets-"));
  target = join(folder, "assets");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const built = (path: string) => readFile(join(target, path), "utf8");
const files = async () => (await readdir(target, { recursive: true })).toSorted();

it("the served OpenAPI document matches the contract, with the version of package.json", async () => {
  await buildAssets(target);
  const { version } = JSON.parse(await readFile(join(project, "package.json"), "utf8")) as {
    version: string;
  };
  expect(JSON.parse(await built("openapi.json"))).toEqual(
    JSON.parse(JSON.stringify(openApiDocument(version))),
  );
  // wrangler and the tests serve the files in dist/assets. They were built before this test.
  const served = join(project, "dist", "assets", "openapi.json");
  expect((await readFile(served, "utf8")) === (await built("openapi.json"))).toBe(true);
});

it("the page names its files by their hashes, and has no inline code and nothing from another origin", async () => {
  await buildAssets(target);
  const html = await built("docs.html");
  const named = [...html.matchAll(/"\/(docs\/[^"]+)"/g)].map(([, path = ""]) => path);
  expect(named.map((path) => path.replace(/\.[\da-f]{12}\./, "."))).toEqual([
    "docs/swagger-ui.css",
    "docs/docs.css",
    "docs/docs.js",
    "docs/swagger-ui-bundle.js",
  ]);
  for (const path of named) expect((await built(path)).length).toBeGreaterThan(100);
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|https?:|<script(?![^>]*\ssrc=)/);
});

it("each page has a policy without unsafe-inline, and files with a hash are cached for ever", async () => {
  await buildAssets(target);
  const headers = await built("_headers");
  expect(headers).toMatch(/^\/docs\n(.*\n)*? {2}Content-Security-Policy: default-src 'none'; /m);
  expect(headers).not.toContain("unsafe");
  const kept = [...headers.matchAll(/^(\/\S+)\n(?: {2}.*\n)*? {2}Cache-Control: .*immutable$/gm)];
  const languages = "/elements/languages/*";
  expect(kept.map(([, path]) => path)).toContain(languages);
  const [version, ...others] = await readdir(join(target, "elements", "languages"));
  expect([version, others]).toEqual([expect.stringMatching(/^[\da-f]{12}$/), []]);
  const paths = kept.map(([, path = ""]) => path).filter((path) => path !== languages);
  expect(paths).toHaveLength(5);
  for (const path of paths) expect(path).toMatch(/\.[\da-f]{12}\.(css|js)$/);
});

it("a build deletes the files of an earlier build, and leaves unchanged files alone", async () => {
  await mkdir(join(target, "docs"), { recursive: true });
  await writeFile(join(target, "docs", "docs.000000000000.js"), "old");
  await buildAssets(target);
  const first = await files();
  expect(first).not.toContain(join("docs", "docs.000000000000.js"));
  await Promise.all([buildAssets(target), buildAssets(target)]);
  expect(await files()).toEqual(first);
  expect(await readdir(folder)).toEqual(["assets"]);
});

it("the viewer and the document stay below their size limits", async () => {
  await buildAssets(target);
  const gzippedBytes = async (pattern: RegExp) => {
    const path = (await files()).find((name) => pattern.test(name));
    return gzipSync(await readFile(join(target, path ?? "nothing"))).byteLength;
  };
  expect(await gzippedBytes(/swagger-ui-bundle/)).toBeLessThan(480 * 1024);
  expect(await gzippedBytes(/openapi\.json/)).toBeLessThan(24 * 1024);
});
