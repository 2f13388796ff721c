import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalHash, canonicalJson } from "../../src/lib/canonical-json.ts";
import { runs } from "../helpers/runs.ts";

const ring: Record<string, unknown> = {};
ring.self = ring;

describe("the canonical form of JSON", () => {
  it.each([
    ["undefined", undefined, ""],
    ["an undefined member, which JSON.stringify drops", { a: [{ b: undefined }] }, "a.0.b"],
    ["a hole, which JSON.stringify fills", Array(1), "0"],
    ["a function", { a: () => 1 }, "a"],
    ["a symbol", { a: Symbol("a") }, "a"],
    ["a bigint", { a: 1n }, "a"],
    ["NaN", { a: Number.NaN }, "a"],
    ["infinity", [Number.POSITIVE_INFINITY], "0"],
    ["an integer beyond 2^53 − 1", [0, 2 ** 53], "1"],
    ["a date, which JSON.stringify rewrites", { at: new Date(0) }, "at"],
    ["a map, which JSON.stringify empties", { a: new Map([["b", 1]]) }, "a"],
    ["a boxed text", { a: Object("b") as unknown }, "a"],
    ["an instance of a class", { a: new URL("https://example.com") }, "a"],
    ["an object with a toJSON of its own", { toJSON: () => 1 }, "toJSON"],
    ["half a surrogate pair", { a: "\ud83d" }, "a"],
    ["half a surrogate pair in a key", { "\ude00": 1 }, ""],
    ["a ring", ring, Array(16).fill("self").join(".")],
  ])("does not exist for %s", (_what, value, path) => {
    expect(canonicalJson(value)).toEqual({
      kind: "refused",
      path,
      message: expect.stringMatching(/^(is|must) /) as string,
    });
  });

  it("quotes no value in its errors", () => {
    const refusal = canonicalJson({ a: { b: "secret \ud83d" } });
    expect(JSON.stringify(refusal)).not.toContain("secret");
  });

  it("is the same text for equal JSON values, in any order of keys", () => {
    const values = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(values, (value) => {
        const form = canonicalJson(value);
        if (form.kind === "refused") return;
        expect(JSON.parse(form.text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(form.text))).toEqual(form);
        expect(canonicalJson(reversed(value))).toEqual(form);
      }),
      { numRuns: runs(1000) },
    );
  });

  it("is hashed only up to a maximum of UTF-8 bytes", async () => {
    expect(await canonicalHash("é", 4)).toMatchObject({ kind: "ok" });
    expect(await canonicalHash("éa", 4)).toEqual({
      kind: "refused",
      path: "",
      message: "must have at most 4 bytes",
    });
  });
});

/** Returns the same value with every object's keys in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
