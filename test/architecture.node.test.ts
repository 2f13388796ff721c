import { readdirSync, readFileSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { describe, expect, it } from "vitest";

/** The product's layers, outermost first. Each may import the layers after it. */
const order = [
  ["index"],
  ["app"],
  ["routes"],
  ["http", "pages"],
  ["verification", "session"],
  ["sending"],
  ["handles"],
  ["ledger"],
  ["phone"],
  ["guard"],
  ["outbox"],
  ["twilio"],
  ["config"],
  ["runtime", "metrics", "version"],
  ["contract", "problem", "events"],
  ["lib"],
];
const rankOf = new Map(order.flatMap((layers, rank) => layers.map((layer) => [layer, rank])));

/** `lib/log.ts` is of the layer `lib`, `config.ts` and `config/keys.ts` are of `config`. */
const layerOf = (file: string): string => file.split("/")[0]?.replace(/\.ts$/, "") ?? "";

const cliKnows = ["config", "contract", "openapi", "twilio", "lib"];
/** The doctor counts what a text costs as the Worker composes it. */
const cliFiles = ["twin/seed.ts", "sending/message.ts", "sending/sms-segments.ts"];

/** The reason why `file` must not import `name`, or undefined if it may. Paths are relative to `src`. */
function refusalOf(file: string, target: string): string | undefined {
  const [from, to] = [layerOf(file), layerOf(target)];
  if (from === to) return undefined;
  // The tools judge settings with the Worker's own parser, and ask Twilio where the Worker does.
  if (from === "cli")
    return cliFiles.includes(target) || cliKnows.includes(to)
      ? undefined
      : "cli knows settings, contract, OpenAPI, Twilio's addresses, lib, texts and the twin's seed alone";
  if (from === "openapi")
    return ["contract", "problem", "lib"].includes(to)
      ? undefined
      : "the OpenAPI document is made from contract and problem alone";
  if (from === "twin") return to === "lib" ? undefined : "the twin stands alone";
  if (from === "client")
    return ["lib", "contract", "problem"].includes(to)
      ? undefined
      : "the client knows lib, contract and the problems alone";
  const [fromRank, toRank] = [rankOf.get(from), rankOf.get(to)];
  if (fromRank === undefined) return `${from} has no place in the order`;
  if (toRank === undefined) return `nothing in production imports ${to}`;
  if (from === "pages" && !["problem", "contract", "lib"].includes(to))
    return "pages show problems and the contract alone";
  return fromRank < toRank ? undefined : `${to} does not stand to the right of ${from}`;
}

const text = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)/;
const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//;
const specifier = /["'`]([^"'`]+)["'`]/;
const imports = [
  new RegExp(`\\b(?:import|export)\\b[^"'\`;]*?\\bfrom\\s*${specifier.source}`, "g"),
  new RegExp(`\\bimport\\s*${specifier.source}`, "g"),
  new RegExp(`\\bimport\\s*\\(\\s*${specifier.source}`, "g"),
];

/** What a file imports: statically, dynamically, for its types alone, or to export it again. */
function importsOf(source: string): string[] {
  const code = source.replace(
    new RegExp(`${text.source}|${comment.source}`, "g"),
    (_match, literal?: string) => literal ?? " ",
  );
  if (/\bimport\s*\((?!\s*["'`])/.test(code) || /\brequire\s*\(/.test(code))
    return ["(an import that cannot be read)"];
  return imports.flatMap((pattern) => [...code.matchAll(pattern)].map(([, name]) => name ?? ""));
}

type Sources = Readonly<Record<string, string>>;

const resolve = (file: string, name: string) => posix.join(posix.dirname(file), name);

function targetsOf(file: string, source: string): string[] {
  const local = importsOf(source).filter((name) => name.startsWith("."));
  return [...new Set(local.map((name) => resolve(file, name)))];
}

function backwardImports(sources: Sources): string[] {
  return Object.entries(sources).flatMap(([file, source]) => {
    const refusals = targetsOf(file, source).map((target) => {
      const refusal = sources[target] === undefined ? "it is not there" : refusalOf(file, target);
      return refusal && `${file} imports ${target}: ${refusal}`;
    });
    const foreign = importsOf(source).filter((name) => !name.startsWith("."));
    const forbidden = foreign.filter(
      (name) => /^[/(]/.test(name) || (name.startsWith("node:") && layerOf(file) !== "cli"),
    );
    return [...refusals, ...forbidden.map((name) => `${file} imports ${name}`)].filter(
      (refusal) => refusal !== undefined,
    );
  });
}

/** Circles of files that import each other, each once, as `a -> b -> a`. */
function importCycles(sources: Sources): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push([...path.slice(start), file].join(" -> "));
    if (start >= 0 || done.has(file)) return;
    for (const target of targetsOf(file, sources[file] ?? "")) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of Object.keys(sources)) visit(file, []);
  return cycles;
}

/** The twin's layers, outermost first. A file imports only layers after its own. */
const twinOrder = [
  "index.ts",
  "twin.ts",
  "messaging/courier.ts",
  "api.ts",
  "desk.ts",
  "state.ts",
  "inbox.ts",
];

/** All files that a file imports, directly and indirectly. */
function reachedFrom(sources: Sources, file: string, seen = new Set<string>()): Set<string> {
  for (const target of targetsOf(file, sources[file] ?? "")) {
    if (seen.has(target)) continue;
    seen.add(target);
    reachedFrom(sources, target, seen);
  }
  return seen;
}

function twinClimbs(sources: Sources): string[] {
  const spine = twinOrder.map((file) => `twin/${file}`);
  return spine.flatMap((file, rank) => {
    const reached = reachedFrom(sources, file);
    const above = spine.slice(0, rank).filter((higher) => reached.has(higher));
    return above.map((higher) => `${file} reaches ${higher}`);
  });
}

/** JSON has no comments. */
function unexplainedLongFiles(sources: Sources): string[] {
  return Object.entries(sources)
    .filter(([file, source]) => !file.endsWith(".json") && source.split("\n").length > 301)
    .filter(([, source]) => !/^\/\*[^*]*\bLong because\b/.test(source))
    .map(([file]) => file);
}

/** Folder → folder. An arrow is left out if a longer path of arrows leads there too. */
function pictureOf(sources: Sources): string {
  const edges = new Map<string, Set<string>>();
  for (const [file, source] of Object.entries(sources))
    for (const target of targetsOf(file, source)) {
      const [from, to] = [layerOf(file), layerOf(target)];
      if (from !== to) edges.set(from, (edges.get(from) ?? new Set()).add(to));
    }
  const reaches = (from: string, to: string): boolean =>
    [...(edges.get(from) ?? [])].some((next) => next === to || reaches(next, to));
  const arrows = [...edges].flatMap(([from, targets]) =>
    [...targets]
      .filter((to) => ![...targets].some((other) => other !== to && reaches(other, to)))
      .map((to) => `  ${from} --> ${to}`),
  );
  return ["```mermaid", "flowchart TD", ...arrows.toSorted(), "```"].join("\n");
}

const pictureInPage = /```mermaid\n[^`]*```/;

function withPicture(page: string, picture: string): string {
  if (!pictureInPage.test(page)) throw new Error("CONTRIBUTING.md has no place for the picture");
  return page.replace(pictureInPage, picture);
}

/** The imports that exist at run time. */
const withoutTypeImports = (source: string): string =>
  source.replace(/\b(?:import|export)\s+type\b[^"'`;]*?\bfrom\s*["'][^"']+["']/g, "");

/** The packages that a layer's files need when they run, their own imports' too. */
function foreignImportsOf(sources: Sources, layer: string, strip = withoutTypeImports): string[] {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = strip(sources[file] ?? "");
    for (const name of importsOf(source)) if (!name.startsWith(".")) packages.add(name);
    for (const target of targetsOf(file, source)) visit(target);
  };
  for (const file of Object.keys(sources)) if (layerOf(file) === layer) visit(file);
  return [...packages].toSorted();
}

const root = join(import.meta.dirname, "../src");

/** Folders whose name begins with a dot hold files of tools. */
function readSources(): Sources {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((file) => file.split(sep).join("/"))
    .filter((file) => /\.(ts|tsx|js|mjs|json|css)$/.test(file) && !/(^|\/)\./.test(file));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));
}

describe("the source", () => {
  const sources = readSources();

  it("imports in one direction, from the entry to lib, by the order above", () => {
    expect(Object.keys(sources)).toEqual(
      expect.arrayContaining(["index.ts", "lib/seal.ts", "twin/seed.ts"]),
    );
    expect(backwardImports(sources)).toEqual([]);
  });

  it("has no circle of imports, in the twin and for types neither", () => {
    expect(importCycles(sources)).toEqual([]);
  });

  it("has a twin whose files import downwards only", () => {
    for (const file of twinOrder) expect(sources[`twin/${file}`], file).toBeDefined();
    expect(twinClimbs(sources)).toEqual([]);
  });

  it("says in the first comment of a file past 300 lines why it is long", () => {
    expect(unexplainedLongFiles(sources)).toEqual([]);
  });

  it("matches the picture in CONTRIBUTING.md", async () => {
    const page = join(root, "../CONTRIBUTING.md");
    const drawn = withPicture(readFileSync(page, "utf8"), pictureOf(sources));
    await expect(drawn).toMatchFileSnapshot(page);
  });

  it("needs jose for the client, and of each framework what an app on it has", () => {
    expect(foreignImportsOf(sources, "client")).toEqual(["jose", "react"]);
    const forTypes = ["hono", "jose", "react", "svelte/elements", "vue"];
    expect(foreignImportsOf(sources, "client", (source) => source)).toEqual(forTypes);
  });

  it("has a place for each of its folders and files", () => {
    const layers = [...new Set(Object.keys(sources).map(layerOf))];
    expect(
      layers.filter(
        (layer) => !rankOf.has(layer) && !["client", "twin", "cli", "openapi"].includes(layer),
      ),
    ).toEqual([]);
  });
});

describe("the check of the direction", () => {
  const all: Sources = {
    "index.ts": "",
    "app.ts": "",
    "config.ts": "",
    "config/keys.ts": "",
    "contract/a.ts": "",
    "problem.ts": "",
    "events.ts": "",
    "runtime.ts": "",
    "metrics.ts": "",
    "routes/a.ts": "",
    "http/a.ts": "",
    "pages/a.ts": "",
    "verification/a.ts": "",
    "sending/a.ts": "",
    "handles/a.ts": "",
    "ledger/a.ts": "",
    "phone/a.ts": "",
    "session/a.ts": "",
    "guard/a.ts": "",
    "outbox/a.ts": "",
    "twilio/a.ts": "",
    "lib/a.ts": "",
    "client/a.ts": "",
    "openapi/a.ts": "",
    "openapi/b.json": "",
    "twin/a.ts": "",
    "twin/seed.ts": "",
    "cli/a.ts": "",
  };
  const found = (file: string, source: string) => backwardImports({ ...all, [file]: source });

  it.each([
    ["lib/a.ts", "../config.ts"],
    ["lib/a.ts", "../problem.ts"],
    ["contract/a.ts", "../config.ts"],
    ["lib/a.ts", "../events.ts"],
    ["lib/a.ts", "../runtime.ts"],
    ["events.ts", "./runtime.ts"],
    ["events.ts", "./contract/a.ts"],
    ["contract/a.ts", "../twilio/a.ts"],
    ["problem.ts", "./contract/a.ts"],
    ["twilio/a.ts", "../guard/a.ts"],
    ["outbox/a.ts", "../guard/a.ts"],
    ["outbox/a.ts", "../session/a.ts"],
    ["guard/a.ts", "../verification/a.ts"],
    ["verification/a.ts", "../session/a.ts"],
    ["sending/a.ts", "../verification/a.ts"],
    ["handles/a.ts", "../sending/a.ts"],
    ["ledger/a.ts", "../handles/a.ts"],
    ["ledger/a.ts", "../sending/a.ts"],
    ["phone/a.ts", "../ledger/a.ts"],
    ["guard/a.ts", "../phone/a.ts"],
    ["session/a.ts", "../verification/a.ts"],
    ["session/a.ts", "../http/a.ts"],
    ["verification/a.ts", "../routes/a.ts"],
    ["http/a.ts", "../routes/a.ts"],
    ["http/a.ts", "../pages/a.ts"],
    ["pages/a.ts", "../config.ts"],
    ["pages/a.ts", "../http/a.ts"],
    ["routes/a.ts", "../app.ts"],
    ["app.ts", "./index.ts"],
    ["app.ts", "./twin/a.ts"],
    ["routes/a.ts", "../twin/seed.ts"],
    ["routes/a.ts", "../client/a.ts"],
    ["session/a.ts", "../client/a.ts"],
    ["client/a.ts", "../session/a.ts"],
    ["client/a.ts", "../config.ts"],
    ["index.ts", "./cli/a.ts"],
    ["twin/a.ts", "../config.ts"],
    ["twin/a.ts", "../cli/a.ts"],
    ["cli/a.ts", "../twin/a.ts"],
    ["openapi/a.ts", "../config.ts"],
    ["openapi/a.ts", "../routes/a.ts"],
    ["routes/a.ts", "../openapi/a.ts"],
    ["app.ts", "./openapi/b.json"],
    ["cli/a.ts", "../app.ts"],
    ["cli/a.ts", "../guard/a.ts"],
    ["elsewhere/a.ts", "../lib/a.ts"],
    ["lib/a.ts", "./not-there.ts"],
  ])("catches %s importing %s", (file, name) => {
    expect(found(file, `import { a } from "${name}";`)).toEqual([
      expect.stringContaining(`${file} imports ${resolve(file, name)}: `),
    ]);
  });

  it.each([
    ["index.ts", "./app.ts"],
    ["index.ts", "./verification/a.ts"],
    ["app.ts", "./lib/a.ts"],
    ["routes/a.ts", "../pages/a.ts"],
    ["routes/a.ts", "../verification/a.ts"],
    ["http/a.ts", "../twilio/a.ts"],
    ["session/a.ts", "../guard/a.ts"],
    ["verification/a.ts", "../ledger/a.ts"],
    ["guard/a.ts", "../outbox/a.ts"],
    ["ledger/a.ts", "../outbox/a.ts"],
    ["sending/a.ts", "../handles/a.ts"],
    ["ledger/a.ts", "../phone/a.ts"],
    ["twilio/a.ts", "../config/keys.ts"],
    ["config.ts", "./config/keys.ts"],
    ["app.ts", "./metrics.ts"],
    ["guard/a.ts", "../runtime.ts"],
    ["runtime.ts", "./events.ts"],
    ["runtime.ts", "./lib/a.ts"],
    ["pages/a.ts", "../problem.ts"],
    ["twin/a.ts", "./seed.ts"],
    ["twin/a.ts", "../lib/a.ts"],
    ["cli/a.ts", "../twin/seed.ts"],
    ["cli/a.ts", "../openapi/a.ts"],
    ["openapi/a.ts", "./b.json"],
    ["openapi/a.ts", "../problem.ts"],
    ["cli/a.ts", "../config.ts"],
    ["cli/a.ts", "../config/keys.ts"],
    ["cli/a.ts", "../twilio/a.ts"],
    ["cli/a.ts", "../lib/a.ts"],
    ["client/a.ts", "../lib/a.ts"],
    ["client/a.ts", "../contract/a.ts"],
    ["client/a.ts", "../problem.ts"],
    ["cli/a.ts", "node:fs"],
    ["lib/a.ts", "jose"],
  ])("lets %s import %s", (file, name) => {
    expect(found(file, `import { a } from "${name}";`)).toEqual([]);
  });

  it.each([
    'import a from "../config.ts";',
    "import a from '../config.ts'",
    'import type { A } from "../config.ts";',
    'import {\n  type A,\n  b,\n} from "../config.ts";',
    'import * as a from "../config.ts";',
    'import "../config.ts";',
    'export * from "../config.ts";',
    'export * as a from "../config.ts";',
    'export type { A } from "../config.ts";',
    'const a = await import("../config.ts");',
    "const a = await import(\n  `../config.ts`\n);",
    'type A = import("../config.ts").Config;',
    'import a from"../config.ts"',
    'import a from "jose"; import b from "../config.ts";',
    'const url = "https://x"; export { a } from "../config.ts";',
    'import a from "../lib/../config.ts";',
  ])("sees an import written as %j", (source) => {
    expect(found("lib/a.ts", source)).toEqual([expect.stringContaining("imports config.ts")]);
  });

  it.each([
    '// import a from "../config.ts";',
    '/* import a from "../config.ts"; */',
    '/**\n * import a from "../config.ts";\n */',
    'const a = 1; // from "../config.ts"',
  ])("sees none in the comment %j", (source) => {
    expect(found("lib/a.ts", source)).toEqual([]);
  });

  it.each([
    "const a = await import(name);",
    'const a = require("fs");',
    'import fs from "node:fs";',
    'import a from "/tmp/a.ts";',
  ])("refuses %j", (source) => {
    expect(found("lib/a.ts", source)).toHaveLength(1);
  });

  it("tells run-time imports from type imports", () => {
    const ofTypes = 'import type { A } from "./b.ts";\nexport type {\n  B,\n} from "./b.ts";';
    expect(importsOf(withoutTypeImports(ofTypes))).toEqual([]);
    const mixed = 'import type { A } from "./b.ts"; import { c, type D } from "./c.ts";';
    expect(importsOf(withoutTypeImports(mixed))).toEqual(["./c.ts"]);
  });

  it("finds what a layer needs when it runs, through the files that it imports", () => {
    const some: Sources = {
      "client/a.ts": 'import type { H } from "hono"; import { b } from "../lib/b.ts";',
      "lib/b.ts": 'import { c } from "./c.ts"; import type { D } from "./d.ts";',
      "lib/c.ts": 'import { j } from "jose";',
      "lib/d.ts": 'import "valibot";',
      "app.ts": 'import "twilio";',
    };
    expect(foreignImportsOf(some, "client")).toEqual(["jose"]);
    expect(foreignImportsOf(some, "client", (source) => source)).toContain("hono");
  });

  it("finds circles, also of files that import themselves", () => {
    expect(
      importCycles({
        "lib/a.ts": 'import { b } from "./b.ts";',
        "lib/b.ts": 'import type { C } from "./c.ts"; import { d } from "./d.ts";',
        "lib/c.ts": 'export * from "./a.ts";',
        "lib/d.ts": 'import { d } from "./d.ts";',
        "lib/e.ts": 'import { a } from "./a.ts";',
      }),
    ).toEqual(["lib/a.ts -> lib/b.ts -> lib/c.ts -> lib/a.ts", "lib/d.ts -> lib/d.ts"]);
    expect(
      importCycles({
        "lib/a.ts": 'import "./b.ts"; import "./c.ts";',
        "lib/b.ts": 'import "./c.ts";',
        "lib/c.ts": "",
      }),
    ).toEqual([]);
  });

  it("finds a file of the twin that imports upwards, also indirectly and for types", () => {
    const climbing: Sources = {
      "twin/state.ts": 'import type { A } from "./account.ts";',
      "twin/account.ts": 'import type { Call } from "./api.ts";',
      "twin/api.ts": 'import { desk } from "./desk.ts";',
      "twin/desk.ts": "",
    };
    expect(twinClimbs(climbing)).toEqual([
      "twin/state.ts reaches twin/api.ts",
      "twin/state.ts reaches twin/desk.ts",
    ]);
  });

  it("finds a long file without a reason in its first comment", () => {
    const long = "a;\n".repeat(301);
    expect(
      unexplainedLongFiles({
        "lib/a.ts": long,
        "lib/b.ts": `/* Long because it is one table. */\n${long}`,
        "lib/c.ts": `/** A table. */\n${long}`,
        "lib/d.ts": "a;\n".repeat(300),
        "lib/e.json": long,
      }),
    ).toEqual(["lib/a.ts", "lib/c.ts"]);
  });

  it("draws each folder's arrows, without those that a longer path replaces", () => {
    const drawn = pictureOf({
      "app.ts": 'import "./routes/a.ts"; import "./lib/a.ts";',
      "routes/a.ts": 'import "./b.ts"; import type { A } from "../lib/a.ts";',
      "routes/b.ts": "",
      "lib/a.ts": "",
    });
    const expected = "```mermaid\nflowchart TD\n  app --> routes\n  routes --> lib\n```";
    expect(drawn).toBe(expected);
    expect(withPicture("# Page\n\n```mermaid\nold\n```\n\nEnd\n", drawn)).toBe(
      `# Page\n\n${expected}\n\nEnd\n`,
    );
  });
});
