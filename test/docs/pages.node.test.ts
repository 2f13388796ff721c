import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const pages = readdirSync(join(root, "docs"))
  .filter((file) => file.endsWith(".md"))
  .map((file) => `docs/${file}`);
/** They grow with the project, and are read from the top. */
const withoutEnd = ["decisions", "decisions-earlier", "decisions-superseded"].map(
  (name) => `docs/${name}.md`,
);

const read = (page: string) => readFileSync(join(root, page), "utf8");

describe.each([...pages, "CONTRIBUTING.md", "SECURITY.md"])("%s", (page) => {
  it("begins with its reader and what the reader can do after it", () => {
    const [title = "", first = ""] = read(page).split("\n\n");
    expect(title).toMatch(/^# .+$/);
    expect(first).toMatch(/^(For|This page is for) .+\. (With|After) (this page|it|reading it) .+/);
  });
});

it.each(pages.filter((page) => !withoutEnd.includes(page)))("%s has at most 150 lines", (page) => {
  expect(read(page).trimEnd().split("\n").length).toBeLessThanOrEqual(150);
});

it("the README has at most 220 lines", () => {
  expect(read("README.md").split("\n").length).toBeLessThanOrEqual(220);
});

/** Words that a newcomer does not know. */
const words = /\b(windows?|ledgers?|prefix(es)?|breakers?|sealed|levers?|twin|conversion)\b/i;
const prose = (page: string) => read(page).replaceAll(/```[^]*?```|`[^`]*`|^\|.*$/gm, "");
const withWords = [...pages, "README.md", "CONTRIBUTING.md"].filter((page) =>
  words.test(prose(page)),
);

it.each(withWords)("%s links the glossary, since it uses words of it", (page) => {
  expect(withWords.length).toBeGreaterThan(10);
  expect(read(page)).toMatch(/\]\((docs\/)?glossary\.md\)/);
});
