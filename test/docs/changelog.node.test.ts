import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const changelog = readFileSync(join(import.meta.dirname, "../../CHANGELOG.md"), "utf8");
const versions = changelog.split(/^## /m).slice(1);

it("begins each version with what an operator has to do", () => {
  expect(versions.length).toBeGreaterThan(0);
  for (const version of versions) {
    expect(version).toMatch(/^(Unreleased|\d+\.\d+\.\d+ · \d{4}-\d\d-\d\d)\n/);
    const [first] = version.match(/^### .+$/m) ?? [];
    expect([version.split("\n")[0], first]).toEqual([version.split("\n")[0], "### What to do"]);
  }
});
