// What the tools change of files that people write: by line, and nothing else.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { setKvId, setVars } from "../../src/cli/cloudflare/edit-toml.ts";
import { readManifest } from "../../src/cli/cloudflare/wrangler-toml.ts";
import { setEnvLines } from "../../src/cli/env-lines.ts";
import { readText } from "../../src/cli/whole-file.ts";

const vars = (toml: string) => {
  const manifest = readManifest(toml);
  return typeof manifest === "string" ? manifest : manifest.vars;
};

describe("readText", () => {
  it("takes what cannot be read for no missing file", async () => {
    expect(await readText(join(import.meta.dirname, "not-there"))).toBeUndefined();
    await expect(readText(import.meta.dirname)).rejects.toThrow("cannot be read (EISDIR)");
  });
});

describe("setVars", () => {
  it("replaces a value where it stands, and keeps the comment behind it", () => {
    const toml =
      '# top\nname = "a" # ISSUER = "x"\n[vars]\nISSUER = "" # public\nOTHER = "o"\n\n# next\n[dev]\nISSUER = "d"\n';
    expect(setVars(toml, { ISSUER: "https://a.test" })).toEqual({
      kind: "edited",
      toml: toml.replace('ISSUER = "" # public', 'ISSUER = "https://a.test" # public'),
    });
  });

  it("adds what is not there at the end of the section, above the next one's comment", () => {
    const toml = '[vars]\nA = "1"\n\n# of dev\n[dev]\nport = 1\n';
    expect(setVars(toml, { B: 'with "quotes" and \\' })).toEqual({
      kind: "edited",
      toml: '[vars]\nA = "1"\nB = "with \\"quotes\\" and \\\\"\n\n# of dev\n[dev]\nport = 1\n',
    });
  });

  it.each([
    ['[vars]\nA = """\nlong\n"""\n', { A: "1" }],
    ['vars = { A = "1" }\n', { A: "2" }],
    ['name = "no vars"\n', { A: "1" }],
    ['[vars]\nA = ["list"]\n', { A: "1" }],
    ['[vars]\nB = """\nA = "inside a text"\n"""\n', { A: "1" }],
    ["[vars\n", { A: "1" }],
  ])("leaves alone what it cannot be sure of: %j", (toml, values) => {
    expect(setVars(toml, values)).toEqual({ kind: "refused" });
  });

  it("writes any text so that it is read back, and touches nothing else of our own file", async () => {
    const own = await readFile(join(import.meta.dirname, "../../wrangler.toml"), "utf8");
    const before = own.split("\n");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (value) => {
        const edit = setVars(own, { APP_NAME: value });
        if (edit.kind !== "edited") throw new Error("refused");
        expect(vars(edit.toml)).toMatchObject({ APP_NAME: value });
        const changed = edit.toml.split("\n").filter((line, index) => line !== before[index]);
        expect(changed.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("setKvId", () => {
  it("gives the binding's namespace an id, and replaces one that is there", () => {
    const toml =
      '[[kv_namespaces]]\nbinding = "OTHER"\nid = "o"\n\n[[kv_namespaces]]\nbinding = "LIMITS"\n\n[dev]\n';
    const once = setKvId(toml, "LIMITS", "1");
    expect(once).toEqual({
      kind: "edited",
      toml: toml.replace('"LIMITS"\n', '"LIMITS"\nid = "1"\n'),
    });
    const twice = setKvId(once.kind === "edited" ? once.toml : "", "LIMITS", "2");
    expect(twice).toEqual({
      kind: "edited",
      toml: toml.replace('"LIMITS"\n', '"LIMITS"\nid = "2"\n'),
    });
  });

  it("refuses where there is no such binding", () => {
    expect(setKvId('[[kv_namespaces]]\nbinding = "A"\n', "LIMITS", "1")).toEqual({
      kind: "refused",
    });
  });
});

describe("setEnvLines", () => {
  it("replaces, adds, and keeps comments and order", () => {
    const text = "# mine\nA=1\nexport B=2\n\nC=3\n";
    expect(setEnvLines(text, { B: "two", D: "4" })).toBe("# mine\nA=1\nB=two\n\nC=3\nD=4\n");
  });

  it("writes any line so that it is read back, or says that it cannot", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (value) => {
        const text = setEnvLines("A=1\n", { B: value });
        if (text !== undefined) expect(parseEnv(text)).toEqual({ A: "1", B: value });
      }),
    );
    expect(setEnvLines("", { A: "two\nlines" })).toBeUndefined();
    expect(setEnvLines("", { A: `'"\`` })).toBeUndefined();
    expect(setEnvLines("", { A: "it's #1" })).toBe(`A="it's #1"\n`);
  });
});
