import { styleText } from "node:util";
import type { Row, Status } from "./row.ts";

const marks: Record<Status, string> = {
  ok: "✓",
  note: "·",
  unknown: "?",
  warning: "!",
  failure: "✗",
};
const colours: Record<Status, Parameters<typeof styleText>[0]> = {
  ok: "green",
  note: "dim",
  unknown: "cyan",
  warning: "yellow",
  failure: "red",
};
const legend = "✓ good   · note   ? not checked   ! warning   ✗ failure";

/** Returns the rows by area, each with its cure below it, and a summary. */
export function table(rows: readonly Row[], isColoured: boolean): string {
  const width = Math.max(...rows.map(({ name }) => name.length), 0);
  const areas = [...new Set(rows.map(({ area }) => area))];
  const blocks = areas.map((area) => {
    const lines = rows
      .filter((row) => row.area === area)
      .flatMap((row) => linesOf(row, width, isColoured));
    return [area, ...lines].join("\n");
  });
  return [...blocks, `${legend}\n${summary(rows)}`].join("\n\n");
}

function linesOf(row: Row, width: number, isColoured: boolean): string[] {
  const mark = isColoured
    ? styleText(colours[row.status], marks[row.status], { validateStream: false })
    : marks[row.status];
  const indent = " ".repeat(width + 6);
  const first = `  ${mark} ${row.name.padEnd(width)}  ${row.detail}`;
  return row.cure === undefined ? [first] : [first, `${indent}→ ${row.cure}`];
}

function summary(rows: readonly Row[]): string {
  const count = (status: Status) => rows.filter((row) => row.status === status).length;
  const [failures, warnings, unknowns] = [count("failure"), count("warning"), count("unknown")];
  const parts = [
    `${failures} ${failures === 1 ? "failure" : "failures"}`,
    `${warnings} ${warnings === 1 ? "warning" : "warnings"}`,
    ...(unknowns > 0 ? [`${unknowns} not checked`] : []),
  ];
  return `${parts.join(", ")}.`;
}
