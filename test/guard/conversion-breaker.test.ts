import { standardRules, type Rules } from "../../src/config/guard.ts";
import { conversionDefaults } from "../../src/config/guard-rules.ts";
import type { RuleMode } from "../../src/contract/words.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  approveConversion,
  giveBackConversion,
  reserveConversion,
  type AddedSends,
  type ConversionPair,
} from "../../src/guard/conversion-breaker.ts";
import { emptyConversion, setLever } from "../../src/guard/conversion.ts";
import { prefixKey, prefixOf } from "../../src/guard/prefix-key.ts";
import { verdictOf, type CaptchaState } from "../../src/guard/rule-mode.ts";
import type { Standing } from "../../src/guard/standing.ts";

const noonMs = Date.UTC(2026, 10, 22, 12);
const hour = 3_600_000;

/** A country with a few prefixes. Each has its own key. */
class CountryPlay {
  country = emptyConversion;
  readonly prefixes = new Map<string, ConversionPair["prefix"]>();
  nowMs = noonMs;
  modes: Pick<Rules, "prefix" | "country"> = standardRules;

  pair(prefix: string): ConversionPair {
    return { country: this.country, prefix: this.prefixes.get(prefix) ?? emptyConversion };
  }

  reserve(prefix: string, more: { captcha?: CaptchaState; standing?: Standing } = {}) {
    const { captcha = "missing" } = more;
    const standing = captcha === "passed" ? "human" : "stranger";
    const send = { captcha, standing, modes: this.modes, ...more } as const;
    const pair = this.pair(prefix);
    const { outcome, next } = reserveConversion(pair, send, conversionDefaults, this.nowMs);
    if (outcome.verdict !== "pass") expect(next).toBe(pair);
    this.save(prefix, next);
    return outcome;
  }

  save(prefix: string, next: ConversionPair): void {
    this.country = next.country;
    this.prefixes.set(prefix, next.prefix);
  }

  approve(prefix: string, added: AddedSends): void {
    this.save(prefix, approveConversion(this.pair(prefix), added, conversionDefaults, this.nowMs));
  }
}

const closed = setLever(emptyConversion, { holds: "closed", untilMs: noonMs + hour });
const open = setLever(emptyConversion, { holds: "open", untilMs: noonMs + hour });
const prefixAsks = { rule: "prefix", as: "challenge" };
const countryAsks = { rule: "country", as: "challenge" };

/** A prefix that strangers have filled, in a country that is not full. */
function full(): CountryPlay {
  const play = new CountryPlay();
  play.modes = { prefix: "challenge", country: "off" };
  for (let sends = 0; sends < 3; sends += 1) expect(play.reserve("+1201555").verdict).toBe("pass");
  return play;
}

describe("one unverified send", () => {
  it("to a full prefix needs a captcha if one is configured, and is refused otherwise", () => {
    const play = full();
    expect(play.reserve("+1201555").verdict).toBe("challenge");
    for (const captcha of ["off", "unavailable"] as const)
      expect(play.reserve("+1201555", { captcha })).toEqual({
        verdict: "refuse",
        matched: [{ rule: "prefix", as: "challenge" }],
        heldBy: [prefixAsks],
        added: { country: 0, prefix: 0 },
        retryAfterMs: 12 * 60_000,
      });
    expect(play.reserve("+1201556").verdict).toBe("pass");
  });

  it("passes with a captcha up to twice the capacity; above that every stranger is refused", () => {
    const play = full();
    for (let sends = 0; sends < 3; sends += 1) {
      expect(play.reserve("+1201555").verdict).toBe("challenge");
      const passed = play.reserve("+1201555", { captcha: "passed" });
      expect(passed).toMatchObject({
        verdict: "pass",
        matched: [prefixAsks],
        added: { prefix: 1 },
      });
    }
    for (const captcha of ["missing", "passed", "off", "unavailable"] as const)
      expect(play.reserve("+1201555", { captcha }).verdict).toBe("refuse");
    expect(play.reserve("+1201556").verdict).toBe("pass");
  });

  it("by a backend passes up to three times the capacity, so that strangers cannot close a prefix for it", () => {
    const play = full();
    const backend = { captcha: "passed", standing: "backend" } as const;
    for (let sends = 0; sends < 3; sends += 1) play.reserve("+1201555", { captcha: "passed" });
    // The hour's capacity is 3⅓, and three times that is ten.
    for (let sends = 6; sends < 10; sends += 1)
      expect(play.reserve("+1201555", backend).verdict).toBe("pass");
    expect(play.reserve("+1201555", backend).verdict).toBe("refuse");
  });

  it("by a known caller is never refused, and fills a prefix no further than strangers do", () => {
    const play = full();
    for (let sends = 0; sends < 100; sends += 1)
      expect(play.reserve("+1201555", { standing: "known" }).verdict).toBe("pass");
    expect(play.reserve("+1201555", { captcha: "passed" }).verdict).toBe("pass");
    const empty = new CountryPlay();
    for (let sends = 0; sends < 3; sends += 1) empty.reserve("+1201555", { standing: "known" });
    expect(empty.reserve("+1201555", { captcha: "off" }).verdict).toBe("refuse");
  });

  it("is refused even with a captcha in the mode refuse", () => {
    const play = full();
    play.modes = { prefix: "refuse", country: "off" };
    for (const captcha of ["missing", "passed", "off"] as const)
      expect(play.reserve("+1201555", { captcha }).verdict).toBe("refuse");
  });

  it("to a full country needs a captcha and passes with one; it is never refused", () => {
    const play = new CountryPlay();
    for (let sends = 0; sends < 3; sends += 1) play.reserve(`+120155${sends}`);
    expect(play.reserve("+1201559")).toMatchObject({
      verdict: "challenge",
      matched: [countryAsks],
      added: { country: 0, prefix: 0 },
    });
    expect(play.reserve("+1201559", { captcha: "passed" })).toMatchObject({
      verdict: "pass",
      matched: [countryAsks],
      added: { country: 0, prefix: 1 },
    });
  });

  it("to a full country passes without a configured captcha, and is still reported", () => {
    const play = new CountryPlay();
    for (let sends = 0; sends < 3; sends += 1) play.reserve(`+120155${sends}`);
    expect(play.reserve("+1201559", { captcha: "off" })).toMatchObject({
      verdict: "pass",
      matched: [countryAsks],
    });
  });

  it("is refused if both prefix and country are full", () => {
    const play = full();
    play.modes = standardRules;
    expect(play.reserve("+1201555", { captcha: "off" })).toMatchObject({
      verdict: "refuse",
      matched: [prefixAsks, countryAsks],
      heldBy: [prefixAsks],
    });
  });

  it("by a known caller passes an override of the operator", () => {
    const play = new CountryPlay();
    play.save("+1201555", { country: closed, prefix: closed });
    expect(play.reserve("+1201555", { standing: "known" }).verdict).toBe("pass");
    for (const standing of ["stranger", "human", "backend"] as const)
      expect(play.reserve("+1201555", { standing }).verdict).toBe("refuse");
  });

  it("does not count when it is refused, so that refused sends fill no country", () => {
    const play = new CountryPlay();
    for (let sends = 0; sends < 3; sends += 1) play.reserve("+1201555");
    const { country } = play;
    for (let sends = 0; sends < 1000; sends += 1) play.reserve("+1201555");
    expect(play.country).toBe(country);
  });
});

describe("a mode", () => {
  const table: [RuleMode, CaptchaState, string][] = [
    ["off", "missing", "pass"],
    ["record", "missing", "pass"],
    ["challenge", "missing", "challenge"],
    ["challenge", "passed", "pass"],
    ["challenge", "off", "pass"],
    ["refuse", "missing", "refuse"],
    ["refuse", "passed", "refuse"],
    ["refuse", "off", "refuse"],
  ];
  it.each(table)("%s with a captcha that is %s gives %s", (mode, captcha, verdict) => {
    expect(verdictOf(mode, captcha)).toBe(verdict);
  });

  it("record allows a full prefix and reports it; off reports nothing", () => {
    const play = full();
    play.modes = { prefix: "record", country: "record" };
    expect(play.reserve("+1201555")).toMatchObject({
      verdict: "pass",
      matched: [
        { rule: "prefix", as: "record" },
        { rule: "country", as: "record" },
      ],
    });
    play.modes = { prefix: "off", country: "off" };
    expect(play.reserve("+1201555")).toMatchObject({ verdict: "pass", matched: [] });
  });
});

describe("the operator's override", () => {
  const modes = ["off", "record", "challenge", "refuse"] as const;
  const captchas = ["missing", "passed", "off", "unavailable"] as const;
  const anybody = { prefix: fc.constantFrom(...modes), country: fc.constantFrom(...modes) };
  const sends = fc.record({
    modes: fc.record(anybody),
    captcha: fc.constantFrom(...captchas),
    standing: fc.constantFrom<Standing>("stranger", "human", "backend"),
    isFull: fc.boolean(),
  });
  /** Returns the outcome of a send with these overrides of its country and its prefix. */
  function outcomeWith(
    word: Partial<ConversionPair>,
    send: typeof sends extends fc.Arbitrary<infer S> ? S : never,
  ) {
    const play = send.isFull ? full() : new CountryPlay();
    play.save("+1201555", { ...play.pair("+1201555"), ...word });
    play.modes = send.modes;
    return play.reserve("+1201555", send);
  }

  it("applies in every mode of the rules: hold_up refuses until its end", () => {
    fc.assert(
      fc.property(sends, fc.constantFrom("prefix", "country"), (send, key) => {
        // The prefix is not full, because otherwise its own rule may refuse for longer.
        const outcome = outcomeWith({ [key]: closed }, { ...send, isFull: false });
        const matched = [{ rule: key, as: "hold_up" }];
        expect(outcome).toMatchObject({
          verdict: "refuse",
          matched,
          heldBy: matched,
          retryAfterMs: hour,
        });
      }),
    );
  });

  it("applies in every mode of the rules: let_pass on a prefix allows", () => {
    fc.assert(
      fc.property(sends, fc.boolean(), (send, isCountryClosed) => {
        const word = { prefix: open, ...(isCountryClosed && { country: closed }) };
        expect(outcomeWith(word, send)).toMatchObject({
          verdict: "pass",
          matched: [{ rule: "prefix", as: "let_pass" }],
        });
      }),
    );
  });

  it("let_pass on a country does not affect full prefixes", () => {
    const send = { modes: standardRules, captcha: "off", standing: "stranger" } as const;
    const said = { rule: "country", as: "let_pass" };
    expect(outcomeWith({ country: open }, { ...send, isFull: false })).toMatchObject({
      verdict: "pass",
      matched: [said],
    });
    expect(outcomeWith({ country: open }, { ...send, isFull: true })).toMatchObject({
      verdict: "refuse",
      matched: [prefixAsks, said],
    });
  });

  it("has no effect after its end", () => {
    const past = setLever(emptyConversion, { holds: "closed", untilMs: noonMs });
    const send = { modes: standardRules, captcha: "off", standing: "stranger" } as const;
    const outcome = outcomeWith({ prefix: past, country: past }, { ...send, isFull: false });
    expect(outcome).toMatchObject({ verdict: "pass", matched: [] });
  });
});

describe("the amount that a send added", () => {
  it("is removed if the send was certainly not made, and after an approval", () => {
    for (const end of [giveBackConversion, approveConversion]) {
      const play = new CountryPlay();
      const { added } = play.reserve("+1201555");
      play.reserve("+1201555");
      const left = end(play.pair("+1201555"), added, conversionDefaults, noonMs);
      expect([left.country.dayLevel, left.prefix.dayLevel]).toEqual([1, 1]);
    }
  });

  it("is separate for each key: a full country has added nothing", () => {
    for (const end of [giveBackConversion, approveConversion]) {
      const play = new CountryPlay();
      for (let sends = 0; sends < 3; sends += 1) play.reserve(`+120155${sends}`);
      const { added } = play.reserve("+1201559", { captcha: "passed" });
      const left = end(play.pair("+1201559"), added, conversionDefaults, noonMs);
      expect([left.country.dayLevel, left.prefix.dayLevel]).toEqual([3, 0]);
    }
  });

  it("counts as an approval of both keys", () => {
    const play = new CountryPlay();
    play.approve("+1201555", { country: 0, prefix: 0 });
    const counted = { [Math.floor(noonMs / hour)]: 1 };
    expect([play.country.hours, play.prefixes.get("+1201555")?.hours]).toEqual([counted, counted]);
  });

  it("is never removed from the amounts of other sends", () => {
    const crowd = fc.array(
      fc.record({
        prefix: fc.constantFrom("a", "b"),
        captcha: fc.constantFrom<CaptchaState>("missing", "passed", "off"),
        approves: fc.boolean(),
        waitMs: fc.nat(hour),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(crowd, (people) => {
        const play = new CountryPlay();
        let unverified = 0;
        for (const { prefix, captcha, approves, waitMs } of people) {
          play.nowMs += waitMs;
          const { verdict, added } = play.reserve(prefix, { captcha });
          if (verdict !== "pass") continue;
          if (approves) play.approve(prefix, added);
          else unverified += added.country;
          expect(play.country.dayLevel).toBeLessThanOrEqual(unverified);
          // A send that is approved at once leaves nothing, and all other amounts only leaked.
          if (approves && added.country === 1) expect(play.country.hourLevel).toBeLessThan(3.34);
        }
      }),
    );
  });
});

describe("a prefix", () => {
  it("is a number without its last four digits", () => {
    expect(prefixOf("+12015550123")).toBe("+1201555");
  });

  it("is stored under a name that does not contain it and depends on the key", async () => {
    const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const name = await prefixKey("+1201555", one);
    expect(name).toMatch(/^[\w-]{43}$/);
    expect(name).not.toContain("1201555");
    expect(await prefixKey("+1201555", one)).toBe(name);
    expect(await prefixKey("+1201556", one)).not.toBe(name);
    expect(await prefixKey("+1201555", other)).not.toBe(name);
  });
});
