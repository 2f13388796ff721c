import { describe, expect, it } from "vitest";
import { liveTestNumbers, readTestNumbers } from "../../src/config/test-numbers.ts";
import { EnvReader } from "../../src/lib/env-reader.ts";

const nowMs = Date.parse("2035-01-02T03:04:05Z");
const dayMs = 86_400_000;

function read(text: string) {
  const reader = new EnvReader({ TEST_NUMBERS: text });
  const numbers = readTestNumbers(reader, () => nowMs);
  return { numbers, problems: reader.problems };
}

describe("TEST_NUMBERS", () => {
  it("lists numbers with their code and their last day, UTC", () => {
    const { numbers, problems } = read(
      "+12015550199:424242@2035-01-02, +18005550123:1357913579@2035-04-02,+447400123456:000001@2034-12-31",
    );
    expect(problems).toEqual([]);
    expect(numbers).toEqual([
      {
        e164: "+12015550199",
        country: "US",
        code: "424242",
        endsAtMs: Date.parse("2035-01-03T00:00:00Z"),
      },
      {
        e164: "+18005550123",
        country: "US",
        code: "1357913579",
        endsAtMs: Date.parse("2035-04-03T00:00:00Z"),
      },
      {
        e164: "+447400123456",
        country: "GB",
        code: "000001",
        endsAtMs: Date.parse("2035-01-01T00:00:00Z"),
      },
    ]);
  });

  it("is empty where it is unset", () => {
    expect(read("")).toEqual({ numbers: [], problems: [] });
  });

  it("has entries that have ended, which close nothing and do not work", () => {
    const { numbers, problems } = read(
      "+12015550199:424242@2035-01-01,+12015550198:424242@2020-05-05",
    );
    expect([problems, numbers.length]).toEqual([[], 2]);
    expect(liveTestNumbers(numbers, nowMs)).toEqual([]);
  });

  it("works up to the last millisecond of the day", () => {
    const { numbers } = read("+12015550199:424242@2035-01-02");
    const endMs = Date.parse("2035-01-03T00:00:00Z");
    expect(liveTestNumbers(numbers, endMs - 1)).toHaveLength(1);
    expect(liveTestNumbers(numbers, endMs)).toHaveLength(0);
  });

  it("takes a day that is 90 days ahead, and refuses the next", () => {
    const day = (days: number) => new Date(nowMs + days * dayMs).toISOString().slice(0, 10);
    expect(read(`+12015550199:424242@${day(90)}`).problems).toEqual([]);
    expect(read(`+12015550199:424242@${day(91)}`).problems).toHaveLength(1);
  });

  it.each([
    "+12015550199",
    "+12015550199:424242",
    "+12015550199@2035-01-31",
    ":424242@2035-01-31",
    "12015550199:424242@2035-01-31",
    "+1 201 555 0199:424242@2035-01-31",
    "+0015550199:424242@2035-01-31",
    "+99915550199:424242@2035-01-31",
    "+12015550199:42424@2035-01-31",
    "+12015550199:42424242424@2035-01-31",
    "+12015550199:42424x@2035-01-31",
    "+12015550199:424242@2035-02-30",
    "+12015550199:424242@2035-13-01",
    "+12015550199:424242@31.01.2035",
    "+12015550199:424242@2035-01-31T00:00:00Z",
    "+12015550199:424242@",
    "+12015550199:424242@2035-01-31@2035-01-31",
    "+12015550199:424242@2099-01-31",
  ])("refuses %s and names the entry by its place, without its code", (entry) => {
    const { problems } = read(`+12015550100:246813@2035-01-31,${entry}`);
    expect(problems).toEqual([
      expect.stringMatching(/^TEST_NUMBERS: entry 2 must be \+number:code@/),
    ]);
    expect(problems.join()).not.toContain("246813");
  });

  it("refuses one number with two codes, and more than 50 entries", () => {
    const two = read("+12015550199:424242@2035-01-31,+12015550199:246813@2035-01-30");
    expect(two.problems).toEqual(["TEST_NUMBERS: has one number twice"]);
    const entry = (index: number) =>
      `+120155501${String(index).padStart(2, "0")}:424242@2035-01-31`;
    const many = (count: number) =>
      read(Array.from({ length: count }, (_, i) => entry(i)).join(","));
    expect(many(50).problems).toEqual([]);
    expect(many(51).problems).toEqual(["TEST_NUMBERS: must have at most 50 entries"]);
  });
});
