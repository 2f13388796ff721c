import { countriesDefaults } from "../../src/config/guard-rules.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countriesSecondsLeft,
  noteCountry,
  verifyCountry,
  type UnverifiedCountries,
} from "../../src/guard/unverified-countries.ts";

const day = 24 * 60 * 60 * 1000;
const startMs = 1_767_322_800_000;
const rule = countriesDefaults;

/** Makes consecutive sends. All are counted, as if each had passed its captcha. */
function send(countries: readonly string[], from: UnverifiedCountries = {}, atMs = startMs) {
  let known = from;
  const over = countries.map((country, index) => {
    const { isOver, next } = noteCountry(Object.freeze(known), country, rule, atMs + index);
    known = next;
    return isOver;
  });
  return { over, known };
}

describe("an address that sends to many countries", () => {
  it("must solve a captcha from its fourth unverified country in a day on", () => {
    expect(send(["US", "GB", "FR", "DE", "US"]).over).toEqual([false, false, false, true, true]);
  });

  it("can send to the same three countries as often as its windows allow", () => {
    const { over } = send(["US", "GB", "FR", "US", "GB", "FR", "US"]);
    expect(over).not.toContain(true);
  });

  it("has one country less after each approval", () => {
    const { known } = send(["US", "GB", "FR"]);
    expect(send(["DE"], verifyCountry(known, "GB")).over).toEqual([false]);
    expect(send(["DE"], verifyCountry(known, "ES")).over).toEqual([true]);
  });

  it("drops a country a day after its last send there", () => {
    const { known } = send(["US", "GB", "FR"]);
    expect(send(["DE"], known, startMs + day - 1).over).toEqual([true]);
    expect(send(["DE"], known, startMs + day).over).toEqual([false]);
    const again = send(["US"], known, startMs + 1000).known;
    expect(send(["DE"], again, startMs + day + 999).over).toEqual([false]);
    expect(again).toEqual({ US: startMs + 1000, GB: startMs + 1, FR: startMs + 2 });
  });

  it("keeps its ten newest countries, so that the value stays small", () => {
    const { known } = send(Array.from("ABCDEFGHIJKLM"));
    expect(Object.keys(known).toSorted()).toEqual(Array.from("DEFGHIJKLM"));
  });

  it("is over the limit by exactly the countries of its last day, and its value stays small", () => {
    const steps = fc.array(
      fc.tuple(
        fc.constantFrom("send", "send", "verify"),
        fc.stringMatching(/^[A-D][A-D]$/),
        fc.constantFrom(0, 1, 3_600_000, day / 2, day),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        let known: UnverifiedCountries = {};
        let nowMs = startMs;
        const model = new Map<string, number>();
        for (const [what, country, waitMs] of all) {
          nowMs += waitMs;
          if (what === "verify") {
            known = verifyCountry(known, country);
            model.delete(country);
            continue;
          }
          model.set(country, nowMs);
          const { isOver, next } = noteCountry(known, country, rule, nowMs);
          const fresh = [...model.values()].filter((atMs) => nowMs < atMs + day);
          // Above ten the value drops the oldest. The limit is exceeded long before.
          if (model.size <= 10) expect(isOver).toBe(fresh.length > 3);
          expect(Object.keys(next).length).toBeLessThanOrEqual(10);
          known = next;
        }
      }),
    );
  });
});

describe("the seconds left of the countries", () => {
  it("last until the newest country is a day old, and are never negative", () => {
    expect(countriesSecondsLeft({}, rule, startMs)).toBe(0);
    expect(countriesSecondsLeft({ US: startMs - 1, GB: startMs }, rule, startMs)).toBe(86_400);
    expect(countriesSecondsLeft({ US: startMs }, rule, startMs + 2 * day)).toBe(0);
  });
});
