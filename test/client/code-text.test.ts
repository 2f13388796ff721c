import { describe, expect, it } from "vitest";
import { readCode } from "../../src/client/browser/sign-in/code-text.ts";

describe("the code in a pasted text", () => {
  it.each([
    ["Your Club 7 verification code is: 123456", "123456"],
    ["123456 is your Club 7 code. Call 1-800-555555 for help.", "123456"],
    ["123456 is your code. It is good for 10 minutes.\n\n@shop.example #123456", "123456"],
    ["G-123456 is your code", "123456"],
    ["Code: 123-456.", "123456"],
    ["Code: 123 456", "123456"],
    ["Sent on 28.11.26: 654321", "654321"],
    ["Call +1 201 555 0123. Code 123456", "123456"],
    ["验证码123456，10分钟内有效。", "123456"],
    ["رمزك هو ١٢٣٤٥٦", "123456"],
    ["आपका कोड १२३४५६ है", "123456"],
    ["\u200e123456\u200e", "123456"],
    ["１２３４５６", "123456"],
    ["123–456", "123456"],
    [" 1 2 3 4 5 6 \n", "123456"],
    ["123", "123"],
    ["", ""],
  ])("in %j is %j", (text, code) => {
    expect(readCode(text, 6)).toBe(code);
  });

  it.each([
    "Your Club 7 verification code is: 12345",
    "Your code is 1234567",
    "Your codes are 123456 and 654321",
    "Call 1-800-555555",
    "On 28.11.26 at 12:34:56",
    "12345678",
    "+12015550123",
    "no digits at all",
  ])("is not found in %j, which has no single code of the right length", (text) => {
    expect(readCode(text, 6)).toBeUndefined();
  });

  it.each([
    [4, "Club 7 code 1234, good for 10 min", "1234"],
    [10, "1234567890", "1234567890"],
    [8, "Ref 123456: 1234-5678", "12345678"],
    [undefined, "Club 7 code 12345678", "12345678"],
    [undefined, "1234 5678", "12345678"],
    [undefined, "Codes 1234 and 5678", undefined],
    [undefined, "12345678901", undefined],
  ])("of length %s in %j is %j", (length, text, code) => {
    expect(readCode(text, length)).toBe(code);
  });
});
