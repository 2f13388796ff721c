import { describe, expect, it } from "vitest";
import { EnvReader } from "../../src/lib/env-reader.ts";

const standard = [{ count: 1, seconds: 1 }];

describe("a setting", () => {
  it.each([5, true, null, {}, ["a"]])("that is %j and not a text is an error", (value) => {
    const reader = new EnvReader({ NAME: value });
    expect(reader.text("NAME")).toBeUndefined();
    expect(reader.problems).toEqual(["NAME: must be a text"]);
  });

  it.each([undefined, "", "  ", "\t\n"])("that is %j is unset", (value) => {
    const reader = new EnvReader({ NAME: value });
    expect(reader.text("NAME")).toBeUndefined();
    expect(reader.list("NAME")).toEqual([]);
    expect(reader.duration("NAME", 7, 1, 10)).toBe(7);
    expect(reader.limits("NAME", standard)).toBe(standard);
    expect(reader.matching("NAME", /x/, "cure")).toBeUndefined();
    expect(reader.problems).toEqual([]);
    expect(reader.required("NAME", "cure")).toBeUndefined();
    expect(reader.problems).toEqual(["NAME: cure"]);
  });

  it("is read without surrounding spaces", () => {
    expect(new EnvReader({ NAME: " value\n" }).text("NAME")).toBe("value");
  });

  it("that is unknown is named, of every type; bindings are not", () => {
    const bindings = { KV: {}, SERVICE: () => undefined, NOTHING: undefined };
    const typos = { TYPO: "", OTHER: "marker", COUNT: 5, FLAG: false, LIST: ["marker"] };
    const reader = new EnvReader({ ASKED: "", ...bindings, ...typos });
    reader.text("ASKED");
    reader.refuseUnknown();
    expect(reader.problems).toEqual(
      Object.keys(typos).map((name) => `${name}: is not a setting of this version`),
    );
  });
});

describe("a list", () => {
  it.each([
    ["a,", "has an empty entry"],
    [",a", "has an empty entry"],
    ["a,,b", "has an empty entry"],
    ["a, b,a", "has an entry twice"],
  ])("%j is an error", (text, problem) => {
    const reader = new EnvReader({ NAME: text });
    reader.list("NAME");
    expect(reader.problems).toEqual([`NAME: ${problem}`]);
  });

  it("has its entries in order, trimmed", () => {
    const reader = new EnvReader({ NAME: " b , a" });
    expect(reader.list("NAME")).toEqual(["b", "a"]);
    expect(reader.problems).toEqual([]);
  });
});

describe("a duration's range", () => {
  it.each(["59s", "3601s", "2h", "0m", "x"])("excludes %s", (text) => {
    const reader = new EnvReader({ NAME: text });
    expect(reader.duration("NAME", 600, 60, 3600)).toBe(600);
    expect(reader.problems).toHaveLength(1);
  });

  it.each([
    ["60s", 60],
    ["1h", 3600],
  ])("includes %s", (text, seconds) => {
    expect(new EnvReader({ NAME: text }).duration("NAME", 600, 60, 3600)).toBe(seconds);
  });
});

describe("limits", () => {
  it.each([
    "0/1h",
    "-1/1h",
    "NaN/1h",
    "1.5/1h",
    "1e2/1h",
    "01/1h",
    "100001/1h",
    "10",
    "10/",
    "/1h",
    "10/0m",
    "10/1w",
    "10/1",
    "10/32d",
    "10/1h/1h",
    "10 per 1h",
    "10/1h,20/60m",
    "10/1h;20/1d",
    "10/1h,",
    "1/1s,1/2s,1/3s,1/4s,1/5s,1/6s",
  ])("%j is an error, and the default is used", (text) => {
    const reader = new EnvReader({ NAME: text });
    expect(reader.limits("NAME", standard)).toBe(standard);
    expect(reader.problems).not.toEqual([]);
  });

  it.each([
    ["1/1s", [{ count: 1, seconds: 1 }]],
    ["100000/31d", [{ count: 100_000, seconds: 2_678_400 }]],
    [
      "10/1h, 30/1d",
      [
        { count: 10, seconds: 3600 },
        { count: 30, seconds: 86_400 },
      ],
    ],
  ])("%j is read as written", (text, limits) => {
    const reader = new EnvReader({ NAME: text });
    expect(reader.limits("NAME", standard)).toEqual(limits);
    expect(reader.problems).toEqual([]);
  });
});
