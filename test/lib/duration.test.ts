import { describe, expect, it } from "vitest";
import { parseDuration } from "../../src/lib/duration.ts";

describe("a duration", () => {
  it.each([
    "",
    "0s",
    "00m",
    "-5m",
    "+5m",
    "05m",
    "1.5h",
    "1e3s",
    "10",
    "m",
    "10 m",
    " 10m",
    "10m\n",
    "10M",
    "10w",
    "10ms",
    "10min",
    "1h30m",
    "NaN",
    "Infinityh",
    "٣m",
    "99999999s",
  ])("%j is refused", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    ["30s", 30],
    ["10m", 600],
    ["1h", 3600],
    ["7d", 604_800],
    ["9999999s", 9_999_999],
  ])("%s is %i seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });
});
