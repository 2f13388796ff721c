import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { secretNames } from "../../src/config/secret-names.ts";
import { settingsOfTheCode } from "../helpers/settings.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const page = read("docs/settings.md").split("\n## deployment.toml")[0] ?? "";

/** `A`, `…_B` in one cell stand for A and A_B. */
function settingsOfThePage(): Set<string> {
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const named = rows.flatMap((row) => {
    const cell = row.split("|")[1] ?? "";
    const names = [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? "");
    return names.map((name) => name.replace("…", names[0] ?? ""));
  });
  return new Set(named);
}

describe("the settings", () => {
  it("are the same in the code and in wrangler.toml, but the secrets", async () => {
    const { vars } = parse(read("wrangler.toml")) as { vars: Record<string, unknown> };
    const secrets: readonly string[] = secretNames;
    const plain = [...(await settingsOfTheCode())].filter((name) => !secrets.includes(name));
    expect(plain.length).toBeGreaterThan(40);
    expect(Object.keys(vars).toSorted()).toEqual(plain.toSorted());
  });

  it("are on their page, each, and no other has a row", async () => {
    const code = await settingsOfTheCode();
    const rows = settingsOfThePage();
    expect([...rows].filter((name) => !code.has(name))).toEqual([]);
    const missing = [...code].filter((name) => !rows.has(name) && !page.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });

  it("that are secrets are asked for by the code, and .dev.vars.example has each", async () => {
    const code = await settingsOfTheCode();
    expect(secretNames.filter((name) => !code.has(name))).toEqual([]);
    const example = read(".dev.vars.example");
    expect(secretNames.filter((name) => !new RegExp(`\\b${name}\\b`).test(example))).toEqual([]);
  });
});
