import { describe, expect, it } from "vitest";
import { decodeJson } from "../../src/lib/json.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe("JSON in bytes", () => {
  it.each([
    ["no bytes", new Uint8Array(0)],
    ["a cut text", bytesOf('{"a":')],
    ["two values", bytesOf("1 2")],
    ["a byte order mark", bytesOf("\u{FEFF}{}")],
    ["a comment", bytesOf("{} // no")],
    ["a lone continuation byte", new Uint8Array([0x22, 0x80, 0x22])],
    ["an overlong slash", new Uint8Array([0x22, 0xc0, 0xaf, 0x22])],
    ["half of a surrogate pair in UTF-8", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ["UTF-16", new Uint8Array([0x7b, 0x00, 0x7d, 0x00])],
  ])("throws for %s", (_what, bytes) => {
    expect(() => decodeJson(bytes)).toThrow(Error);
  });

  it("reads any value, and UTF-8 outside ASCII", () => {
    expect(decodeJson(bytesOf('{"a":[1,null,"é😀"]}'))).toEqual({ a: [1, null, "é😀"] });
    expect(decodeJson(bytesOf(" null "))).toBeNull();
  });
});
