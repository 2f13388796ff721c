import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { standardRules } from "../../src/config/guard.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/guard.md"), "utf8");

/** The table of the rules: `name` or `name`, `name` | `mode` … | numbers. */
function rulesOfThePage(): [name: string, mode: string][] {
  const table = page.split("\n| rule | by default | |\n")[1]?.split("\n\n")[0] ?? "";
  const codesIn = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? "");
  return table.split("\n").flatMap((row) => {
    const [, names, modes] = row.split("|");
    return codesIn(names).map((name): [string, string] => [name, codesIn(modes)[0] ?? ""]);
  });
}

describe("the page of the guard", () => {
  it("has each rule with what it does by default, and no other", () => {
    expect(new Map(rulesOfThePage())).toEqual(new Map(Object.entries(standardRules)));
  });

  it("has each rule once", () => {
    expect(rulesOfThePage()).toHaveLength(Object.keys(standardRules).length);
  });
});
