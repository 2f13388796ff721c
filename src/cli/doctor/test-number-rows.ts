import type { Config } from "../../config.ts";
import { note, warning, type Row } from "./row.ts";

const dayMs = 86_400_000;

/** Lists the test numbers with their end, never with their codes. */
export function testNumberRows({ testNumbers }: Pick<Config, "testNumbers">, nowMs: number): Row[] {
  return testNumbers.map(({ e164, endsAtMs }, index) => {
    const name = `TEST_NUMBERS, entry ${index + 1}`;
    const lastDay = new Date(endsAtMs - dayMs).toISOString().slice(0, 10);
    const what = `the number that ends in ${e164.slice(-4)}`;
    if (endsAtMs <= nowMs)
      return warning(
        { area: "Settings", name, detail: `${what} ended on ${lastDay} and is like any other now` },
        "Remove the entry, or give it a new day.",
      );
    return note("Settings", name, `${what} signs in by its fixed code until ${lastDay}`);
  });
}
