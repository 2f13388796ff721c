import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countSegments } from "../../src/sending/sms-segments.ts";

describe("a message is billed as", () => {
  it.each([
    ["", 1],
    ["a".repeat(160), 1],
    ["a".repeat(161), 2],
    ["a".repeat(306), 2],
    ["a".repeat(307), 3],
    // Each counts as two septets.
    ["€".repeat(80), 1],
    ["€".repeat(81), 2],
    // 152 septets and a character of two septets, which moves to the next text.
    [`${"a".repeat(152)}€${"a".repeat(151)}`, 2],
    [`${"a".repeat(152)}€${"a".repeat(152)}`, 3],
    // One character outside GSM-7 makes the whole text UCS-2.
    [`${"a".repeat(69)}ж`, 1],
    [`${"a".repeat(70)}ж`, 2],
    ["ж".repeat(134), 2],
    ["ж".repeat(135), 3],
    ["😀".repeat(35), 1],
    ["😀".repeat(36), 2],
    // 67 units hold 33 of them, because none is split.
    ["😀".repeat(66), 2],
    ["😀".repeat(67), 3],
    ["é à ñ Ä £ ¿ \n Δ", 1],
  ])("%j: %i", (text, segments) => {
    expect(countSegments(text)).toBe(segments);
  });

  it("at least as many texts when it gets longer", () => {
    const texts = fc.string({ unit: "grapheme", maxLength: 400 });
    fc.assert(
      fc.property(texts, texts, (text, more) => {
        expect(countSegments(text + more)).toBeGreaterThanOrEqual(countSegments(text));
      }),
    );
  });
});
