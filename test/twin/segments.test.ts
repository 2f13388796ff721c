import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeInBody } from "../../src/twin/messaging/code-in-body.ts";
import { segmentsOf } from "../../src/twin/messaging/segments.ts";

describe("the segments of a body", () => {
  it.each([
    ["a", 1, 1],
    ["a", 160, 1],
    ["a", 161, 2],
    ["a", 306, 2],
    ["a", 307, 3],
    ["a", 1600, 11],
    ["ä", 160, 1],
    ["ñ", 161, 2],
    ["\n", 160, 1],
    ["€", 80, 1],
    ["€", 81, 2],
    ["{", 152, 2],
    // 76 escaped characters fill 152 of 153 places. The next pair is not split.
    ["{", 153, 3],
    ["ç", 70, 1],
    ["ç", 71, 2],
    ["ç", 134, 2],
    ["ç", 135, 3],
    ["你", 70, 1],
    ["👍", 35, 1],
    ["👍", 36, 2],
    // 33 pairs fill 66 of 67 places.
    ["👍", 66, 2],
    ["👍", 67, 3],
  ])("%j × %i are %i", (one, times, segments) => {
    expect(segmentsOf(one.repeat(times))).toBe(segments);
  });

  it("one character outside GSM-7 makes the whole text UCS-2", () => {
    expect(segmentsOf("a".repeat(160))).toBe(1);
    expect(segmentsOf(`${"a".repeat(159)}’`)).toBe(3);
  });

  it("never grow when a character is taken away", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (body) => {
        const shorter = Array.from(body).slice(0, -1).join("");
        expect(segmentsOf(shorter)).toBeLessThanOrEqual(segmentsOf(body));
      }),
    );
  });
});

describe("the code of a body", () => {
  it.each([
    ["482913 is your Phonegate code. It expires in 10 minutes.", "482913"],
    ["Your code is: 1234.", "1234"],
    ["Code 1234567890!", "1234567890"],
    ["Dein Code: 007123", "007123"],
    ["Call +3531234567, code 482913", "482913"],
    ["Offer 20off or ABC12345: 482913", "482913"],
    ["In 10 minutes; 482913", "482913"],
    ["1111 is not it.\n\n@example.com #482913", "482913"],
    ["@example.com #1111\nbut 482913", "1111"],
    ["1111\n@example.com #482913 @embedded.com", "482913"],
    ["No code here, 123 neither", null],
    ["12345678901", null],
    ["", null],
  ])("%j is %j", (body, code) => {
    expect(codeInBody(body)).toBe(code);
  });
});
