import { beforeAll, describe, expect, it, vi } from "vitest";
import { flood } from "../../bench/simulate/flood.ts";
import { honestPast, rehearse, rehearseFarm } from "../../bench/simulate/pumping.ts";
import { seeded } from "../../bench/simulate/random.ts";
import { all, none, rehearsalAttack } from "../../bench/simulate/report.ts";
import { runs } from "../helpers/runs.ts";

/** Less of everything, for what the number of people does not matter to. */
const small = { ...rehearsalAttack, starts: 2000, numbers: 50 };

/** The same addresses come again and again: Node computes each one's HMAC once, not 20,000 times. */
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
  it("lets at most one in a hundred of the attack's texts leave, and refuses fewer of the honest", async () => {
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
      // A key for each prefix that was approved in two weeks, and one for the country.
      expect(tally.conversionKeys).toBeLessThanOrEqual(2001);
    }
  });

  it("has a SIM farm that verified each number once pump three texts a number, and no more", async () => {
    const attack = { ...rehearsalAttack, starts: 4000, numbers: 100, addresses: 400 };
    // Wide enough that no cap ends it.
    const layers = { ...all, captcha: "off", money: undefined, sendsPerDay: 100_000 } as const;
    const rehearsal = { attack, layers, past: undefined, seed: 1 };
    const [first, second, third] = await rehearseFarm(rehearsal, 3);
    // As strangers its starts find what room the prefixes have: as without tokens.
    const { attackTexts: strangers } = await rehearse(rehearsal);
    expect(first?.attackTexts).toBeGreaterThan(250);
    expect(first?.attackTexts).toBeLessThanOrEqual(300 + strangers);
    for (const later of [second, third]) {
      expect(later?.attackTexts).toBeLessThanOrEqual(2 * strangers);
      expect((later?.honestRefused ?? 0) / (later?.honest ?? 1)).toBeLessThan(0.01);
    }
  });

  it("loses everything where no rule stands: the attack is one", async () => {
    const tally = await rehearse({ attack: small, layers: none, past: undefined, seed: 1 });
    expect(tally).toMatchObject({ attackTexts: 2000, honestRefused: 0, honestChallenged: 0 });
  });

  it("sends nothing to who solves no captcha, where one is always asked for", async () => {
    const layers = { ...all, captcha: "always" } as const;
    const tally = await rehearse({ attack: small, layers, past: undefined, seed: 1 });
    expect(tally).toMatchObject({ attackTexts: 0, honestRefused: 0, honestChallenged: 1000 });
  });

  it("is the same for the same seed, and another for another", async () => {
    const play = (seed: number) => rehearse({ attack: small, layers: all, past: undefined, seed });
    expect(await play(5)).toEqual(await play(5));
    expect(await play(6)).not.toEqual(await play(5));
  });
});

describe("a flood from one address", () => {
  it("passes a window in KV many times over, and no exact rule at any number of locations", async () => {
    const layers = { windowsAlone: { ...none, addressWindows: true }, all };
    for (const locations of [1, 50]) {
      const passed = await flood(locations, layers, 1);
      expect(passed.windowsAlone).toBeGreaterThan(20);
      // Three prefixes, three sends each; three in all where the country asks for a captcha.
      expect(passed.layered).toBeLessThanOrEqual(10);
      expect(passed.layeredWithCaptcha).toBe(3);
    }
  });
});

describe("the seeded random numbers", () => {
  it("are even enough, and the same again", () => {
    const [one, other] = [seeded(1), seeded(1)];
    const drawn = Array.from({ length: 10_000 }, one);
    expect(drawn).toEqual(Array.from({ length: 10_000 }, other));
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    expect(mean).toBeGreaterThan(0.48);
    expect(mean).toBeLessThan(0.52);
    expect(Math.max(...drawn)).toBeLessThan(1);
  });
});
