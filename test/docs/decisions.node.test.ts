import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const docs = join(import.meta.dirname, "../../docs");

interface Decision {
  readonly date: string;
  readonly title: string;
  readonly text: string;
}

/** The decisions of a page in their order. A heading of another form is a decision without a date. */
function decisionsOf(page: string): Decision[] {
  const parts = readFileSync(join(docs, page), "utf8").split(/^## /m).slice(1);
  return parts.map((part) => {
    const [heading = "", ...lines] = part.split("\n");
    const [, date = "", title = heading] = /^(\d{4}-\d\d-\d\d) · (.+)$/.exec(heading) ?? [];
    return { date, title, text: lines.join("\n").trim() };
  });
}

describe.each(["decisions.md", "decisions-earlier.md", "decisions-superseded.md"])("%s", (page) => {
  it("has dated decisions, the newest first", () => {
    const dates = decisionsOf(page).map(({ date }) => date);
    expect(dates.length).toBeGreaterThan(10);
    expect(dates).not.toContain("");
    expect(dates).toEqual(dates.toSorted().toReversed());
  });
});

it("names the decision that replaced it in each superseded one, and has it on one page alone", () => {
  const current = ["decisions.md", "decisions-earlier.md"]
    .flatMap(decisionsOf)
    .map(({ title }) => title);
  for (const { title, text } of decisionsOf("decisions-superseded.md")) {
    expect(current).not.toContain(title);
    const [first = ""] = text.split("\n");
    expect(first).toMatch(/^_Superseded by_ ".+" /);
    const named = [...first.matchAll(/"([^"]+)"/g)].map(([, name]) => name);
    for (const name of named) expect(current).toContain(name);
  }
});
