import { getCountries, getExampleNumber } from "libphonenumber-js/max";
import examples from "libphonenumber-js/mobile/examples";
import { describe, expect, it } from "vitest";
import { prefixOf } from "../../src/guard/prefix-key.ts";
import { parsePhoneNumber } from "../../src/phone/number.ts";
import { readPrefix } from "../../src/phone/prefix.ts";

const everywhere = { allowedCountries: undefined };

describe("a prefix", () => {
  it("of a number of any country is accepted, and equals the prefix under which its sends are counted", () => {
    const served = getCountries().flatMap((country) => {
      const example = getExampleNumber(country, examples)?.number ?? "";
      const outcome = parsePhoneNumber(example, everywhere);
      return outcome.kind === "ok" ? [outcome.number.e164] : [];
    });
    expect(served.length).toBeGreaterThan(230);
    for (const e164 of served) {
      const prefix = prefixOf(e164);
      expect(readPrefix(prefix, everywhere), prefix).toEqual({ kind: "ok", prefix });
    }
  });

  it("is read in any spelling with a plus, and normalised like the number", () => {
    for (const spelled of ["+1 (201) 555", "+1-201-555", "＋１２０１５５５"])
      expect(readPrefix(spelled, everywhere)).toEqual({ kind: "ok", prefix: "+1201555" });
    // Mexico's former 1 is not part of its numbers.
    expect(readPrefix("+521551234", everywhere)).toEqual({ kind: "ok", prefix: "+52551234" });
  });

  it.each(["+1303", "+13035550123", "+1303555012", "303555", "+1900234", "+1800555", "+999", "x"])(
    "is not %s",
    (text) => {
      expect(readPrefix(text, everywhere)).toEqual({ kind: "no_prefix" });
    },
  );

  it("of a country that is not allowed has its own outcome", () => {
    const allowedCountries = new Set(["US"] as const);
    expect(readPrefix("+44740012", { allowedCountries })).toEqual({ kind: "unsupported_country" });
    expect(readPrefix("+1201555", { allowedCountries })).toMatchObject({ kind: "ok" });
  });
});
