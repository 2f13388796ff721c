import { beforeAll, describe, expect, it, vi } from "vitest";
import { flood } from "../../bench/simulate/flood.ts";
import { honestPast, rehearse, rehearseFarm } from "../../bench/simulate/pumping.ts";
import { seeded } from "../../bench/simulate/random.ts";
import { all, none, rehearsalAttack } from "../../bench/simulate/report.ts";
import { runs } from "../helpers/runs.ts";

/** A small attack for tests in which the number of users does not matter. */
const small = { ...rehearsalAttack, starts: 2000, numbers: 50 };

/**
 * Caches HMACs: the same addresses return often, so Node computes each HMAC once and not 20,000
 * times.
 */
function rememberSignatures(): void {
  const sign = crypto.subtle.sign.bind(crypto.subtle);
  const known = new WeakMap<CryptoKey, Map<string, Promise<ArrayBuffer>>>();
  vi.spyOn(crypto.subtle, "sign").mockImplementation((algorithm, key, data) => {
    const ofKey = known.get(key) ?? new Map<string, Promise<ArrayBuffer>>();
    known.set(key, ofKey);
    const text = new TextDecoder().decode(data);
    const signature = ofKey.get(text) ?? sign(algorithm, key, data);
    ofKey.set(text, signature);
    return signature;
  });
}

beforeAll(rememberSignatures);

describe("the pumping rehearsal", () => {
  it("sends at most one in a hundred of the attack's texts, and refuses a smaller share of honest users", async () => {
    const past = await honestPast(all, 1);
    const newcomer = { captcha: "off", history: undefined } as const;
    const settled = { captcha: "risky", history: past } as const;
    const others = [
      { captcha: "off", history: past },
      { captcha: "risky", history: undefined },
    ] as const;
    for (const { captcha, history } of [newcomer, settled, ...(runs(1) > 1 ? others : [])]) {
      const layers = { ...all, captcha };
      const tally = await rehearse({ attack: rehearsalAttack, layers, past: history, seed: 1 });
      expect(tally.attackTexts / tally.attackStarts).toBeLessThanOrEqual(0.01);
      expect(tally.honestRefused / tally.honest).toBeLessThan(0.01);
      // One key for each prefix with an approval in two weeks, and one for the country.
      expect(tally.conversionKeys).toBeLessThanOrEqual(2001);
    }
  });

  it("limits a SIM farm, which verified each of its numbers once, to three texts for each number", async () => {
    const attack = { ...rehearsalAttack, starts: 4000, numbers: 100, addresses: 400 };
    // The caps are so high that none of them stops the attack.
    const layers = { ...all, captcha: "off", money: undefined, sendsPerDay: 100_000 } as const;
    const rehearsal = { attack, layers, past: undefined, seed: 1 };
    const [first, second, third] = await rehearseFarm(rehearsal, 3);
    // Without device tokens the same starts get only what the prefixes allow strangers.
    const { attackTexts: strangers } = await rehearse(rehearsal);
    expect(first?.attackTexts).toBeGreaterThan(250);
    expect(first?.attackTexts).toBeLessThanOrEqual(300 + strangers);
    for (const later of [second, third]) {
      expect(later?.attackTexts).toBeLessThanOrEqual(2 * strangers);
      expect((later?.honestRefused ?? 0) / (later?.honest ?? 1)).toBeLessThan(0.01);
    }
  });

  it("sends every text of the attack without rules", async () => {
    const tally = await rehearse({ attack: small, layers: none, past: undefined, seed: 1 });
    expect(tally).toMatchObject({ attackTexts: 2000, honestRefused: 0, honestChallenged: 0 });
  });

  it("sends no text to callers without a solved captcha, if one is always required", async () => {
    const layers = { ...all, captcha: "always" } as const;
    const tally = await rehearse({ attack: small, layers, past: undefined, seed: 1 });
    expect(tally).toMatchObject({ attackTexts: 0, honestRefused: 0, honestChallenged: 1000 });
  });

  it("has the same result for the same seed, and another for another seed", async () => {
    const play = (seed: number) => rehearse({ attack: small, layers: all, past: undefined, seed });
    expect(await play(5)).toEqual(await play(5));
    expect(await play(6)).not.toEqual(await play(5));
  });
});

describe("a flood from one address", () => {
  it("exceeds a window in KV many times, but no exact rule at any number of locations", async () => {
    const layers = { windowsAlone: { ...none, addressWindows: true }, all };
    for (const locations of [1, 50]) {
      const passed = await flood(locations, layers, 1);
      expect(passed.windowsAlone).toBeGreaterThan(20);
      // Three prefixes with three sends each; three in total if the country requires a captcha.
      expect(passed.layered).toBeLessThanOrEqual(10);
      expect(passed.layeredWithCaptcha).toBe(3);
    }
  });
});

describe("the seeded random numbers", () => {
  it("are evenly distributed and reproducible", () => {
    const [one, other] = [seeded(1), seeded(1)];
    const drawn = Array.from({ length: 10_000 }, one);
    expect(drawn).toEqual(Array.from({ length: 10_000 }, other));
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    expect(mean).toBeGreaterThan(0.48);
    expect(mean).toBeLessThan(0.52);
    expect(Math.max(...drawn)).toBeLessThan(1);
  });
});
