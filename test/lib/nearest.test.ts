import { describe, expect, it } from "vitest";
import { nearest } from "../../src/lib/nearest.ts";

const names = ["OTP_LENGTH", "OTP_TTL", "OTP_ENGINE", "ISSUER"];

describe("the nearest name", () => {
  it.each([
    ["OTP_LENGHT", "OTP_LENGTH"],
    ["OTP_LENTGH", "OTP_LENGTH"],
    ["OTP_ENGNE", "OTP_ENGINE"],
    ["ISUER", "ISSUER"],
    ["ISSUERR", "ISSUER"],
    ["OTP_TLT", "OTP_TTL"],
    ["OTP_T", "OTP_TTL"],
  ])("of %s is %s", (word, name) => {
    expect(nearest(word, names)).toBe(name);
  });

  it.each(["", "OTP", "OTP_LNEGHT_X", "TWILIO_FROM", "REUSSI"])("of %j does not exist", (word) => {
    expect(nearest(word, names)).toBeUndefined();
  });

  it("has the fewest changes; of equally near names it is the first", () => {
    expect(nearest("aab", ["abb", "aab"])).toBe("aab");
    expect(nearest("aac", ["aab", "aad"])).toBe("aab");
  });
});
