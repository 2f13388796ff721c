import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { problemTypes } from "../../src/problem.ts";

const path = join(import.meta.dirname, "../../docs/problems.md");
const tableInPage = /\| code \| status \|[^]*?\n(?=\n|$)/;

/** The table of all problems, by status and then by code. */
function tableOfTheCode(): string {
  const rows = Object.entries(problemTypes)
    .toSorted(([left, { status: a }], [right, { status: b }]) => a - b || (left < right ? -1 : 1))
    .map(([code, { status, title, cure }]) => `| \`${code}\` | ${status} | ${title}. ${cure} |`);
  return [
    "| code | status | what it means, and what cures it |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

it("the page of the problems has each problem as the code has it", async () => {
  const page = readFileSync(path, "utf8");
  expect(page).toMatch(tableInPage);
  await expect(page.replace(tableInPage, tableOfTheCode)).toMatchFileSnapshot(path);
});
