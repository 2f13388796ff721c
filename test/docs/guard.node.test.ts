import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ruleNames, standardRules } from "../../src/config/guard.ts";
import { exemptionsOf, standings, type Exemptions } from "../../src/guard/standing.ts";

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

/** The table of who is exempt: the first cell, then a cell for each standing. */
function treatmentsOfThePage(): string[][] {
  const header = `| what judges | ${standings.map((each) => `\`${each}\``).join(" | ")} |\n`;
  const table = page.split(header)[1]?.split("\n\n")[0] ?? "";
  return table
    .split("\n")
    .slice(1)
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe("the page's table of who is exempt", () => {
  it("says of each rule and each caller what the guard does", () => {
    const row = (name: string, cellOf: (exempt: Exemptions) => string | number) => [
      name,
      ...standings.map((standing) => String(cellOf(exemptionsOf(standing)))),
    ];
    expect(treatmentsOfThePage()).toEqual([
      ...ruleNames.map((rule) => row(`\`${rule}\``, ({ rules }) => rules[rule])),
      row("the captcha", ({ captcha }) => captcha),
      row("windows per address", ({ addressWindows }) => addressWindows),
      row(
        "strangers' share of each cap (`BUDGET_RESERVED`)",
        ({ strangersShare }) => strangersShare,
      ),
      row("a prefix is full at so many times its capacity", ({ prefixRoom }) => prefixRoom),
    ]);
  });
});
