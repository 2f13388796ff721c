import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commonFields, vocabulary } from "../../src/events.ts";
import { metricsColumns } from "../../src/metrics.ts";

const src = join(import.meta.dirname, "../../src");
const docs = join(src, "..", "docs");
const page = readFileSync(join(docs, "events.md"), "utf8");
const metricsPage = readFileSync(join(docs, "metrics.md"), "utf8");

/** Everything in backticks. */
const codesIn = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? "");

/** The rows of the table behind a heading, without its head, each cell by cell. */
function tableBehind(heading: string, text = page): string[][] {
  const section = text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) => row.split("|").slice(1, -1));
}

/** Every file of the Worker, one after the other. */
const source = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !/^(cli|twin|client)\b/.test(file))
  .filter((file) => file !== "events.ts")
  .map((file) => readFileSync(join(src, file), "utf8"))
  .join("\n");

describe("the page of the events", () => {
  it("has each event of the vocabulary with its fields, and no other", () => {
    const told = tableBehind("The vocabulary").map(([name = "", fields = ""]) => [
      codesIn(name)[0],
      codesIn(fields),
    ]);
    const known = Object.entries(vocabulary).map(([name, fields]) => [name, Object.keys(fields)]);
    expect(told).toEqual(known);
  });

  it("has each field that lines have in common, and no other", () => {
    const told = tableBehind("What every line may say").map(([name = ""]) => codesIn(name)[0]);
    const known = Object.keys(commonFields).map((name) => name.replace("?", ""));
    expect(told).toHaveLength(known.length + 1);
    expect(new Set(told)).toEqual(new Set(["event", ...known]));
  });

  it("has each column of a point, in its order, with the fields that it takes", () => {
    const told = tableBehind("The columns", metricsPage).map(([column = "", , fields = ""]) => [
      codesIn(column).at(-1),
      codesIn(fields),
    ]);
    const known = Object.entries(metricsColumns).flatMap(([kind, columns]) =>
      columns.map((fields, index) => [`${kind.slice(0, -1)}${index + 1}`, [...fields]]),
    );
    expect(told).toEqual(known);
  });
});

describe("the vocabulary", () => {
  it.each(Object.keys(vocabulary))("%s is an event that the Worker tells somewhere", (name) => {
    expect(source).toContain(`"${name}"`);
  });

  it("fills columns of points with fields that there are", () => {
    const own = Object.values(vocabulary).flatMap((fields) => Object.keys(fields));
    const names = new Set(
      [...own, ...Object.keys(commonFields)].map((name) => name.replace("?", "")),
    );
    const used = Object.values(metricsColumns).flat(2);
    for (const field of used)
      expect(names.has(field) || field === "event" || field.startsWith("hops."), field).toBe(true);
  });
});
