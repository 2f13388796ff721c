// The commands change single lines of files that operators edit, and keep everything else.
import { join } from "node:path";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { setEnvLines } from "../../src/cli/env-lines.ts";
import { readText } from "../../src/cli/whole-file.ts";

describe("readText", () => {
  it("distinguishes an unreadable file from a missing file", async () => {
    expect(await readText(join(import.meta.dirname, "not-there"))).toBeUndefined();
    await expect(readText(import.meta.dirname)).rejects.toThrow("cannot be read (EISDIR)");
  });
});

describe("setEnvLines", () => {
  it("replaces, adds, and keeps comments and order", () => {
    const text = "# mine\nA=1\nexport B=2\n\nC=3\n";
    expect(setEnvLines(text, { B: "two", D: "4" })).toBe("# mine\nA=1\nB=two\n\nC=3\nD=4\n");
  });

  it("writes every value so that it reads back unchanged, or returns undefined", () => {
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
