import { conversionDefaults, countriesDefaults } from "../../src/config/guard-rules.ts";
import type { RuleMode } from "../../src/contract/words.ts";
import type { Money } from "../../src/config/money.ts";
import { emptyBudget, reserveSpend, settleSpend } from "../../src/guard/budget.ts";
import {
  approveConversion,
  reserveConversion,
  type AddedSends,
  type ConversionPair,
} from "../../src/guard/conversion-breaker.ts";
import { emptyConversion, idleFromMs, type Conversion } from "../../src/guard/conversion.ts";
import { AddressWindows, type AddressRefusal } from "../../src/guard/kv-windows.ts";
import { RememberedRefusals } from "../../src/guard/remembered-refusals.ts";
import { prefixOf } from "../../src/guard/prefix-key.ts";
import { verdictOf, type CaptchaState } from "../../src/guard/rule-mode.ts";
import {
  noteCountry,
  verifyCountry,
  type UnverifiedCountries,
} from "../../src/guard/unverified-countries.ts";
import { exemptionsOf, standingOf, type Standing } from "../../src/guard/standing.ts";
import { accountOf, replaceSends, waitToSendMs } from "../../src/ledger/accounts.ts";
import {
  admitDevice,
  acceptedDevice,
  countDeviceSend,
  isSpared,
} from "../../src/ledger/known-devices.ts";
import { emptyLedger, type Ledger } from "../../src/ledger/state.ts";
import { SimulatedKv } from "./kv.ts";
import { Trace } from "../../src/lib/trace.ts";

/** Which rules are on. The rules are the product's own code. This file only has their order. */
export interface Layers {
  readonly captcha: "off" | "risky" | "always";
  readonly addressWindows: boolean;
  readonly numberWindows: boolean;
  /** Sends of a day. Undefined: no limit. */
  readonly sendsPerDay: number | undefined;
  readonly money: Money | undefined;
  /** Percent of both caps that strangers cannot use. */
  readonly reservedPercent: number;
  readonly prefix: RuleMode;
  readonly country: RuleMode;
  readonly countriesPerAddress: RuleMode;
}

export interface Start {
  readonly number: string;
  readonly country: string;
  readonly address: string;
  readonly location: number;
  /** Whether the caller solves a captcha. */
  readonly solves: boolean;
  /** Whether the caller sends the device token of the number's last right code. */
  readonly showsDevice?: boolean;
}

export type StartOutcome =
  | { readonly kind: "sent"; readonly wasChallenged: boolean; readonly approve: () => void }
  | { readonly kind: "challenged" }
  | { readonly kind: "refused"; readonly by: "address" | "number" | "budget" | "money" | "prefix" };

const dayMs = 24 * 60 * 60 * 1000;
/** The name of the only device of a number. */
const device = "phone";

/** The defaults of `LIMIT_SEND_PER_PHONE` and `LIMIT_SEND_PER_IP`. */
const perNumber = [
  { count: 5, seconds: 600 },
  { count: 10, seconds: 86_400 },
];
const perAddress = [
  { count: 10, seconds: 3600 },
  { count: 30, seconds: 86_400 },
];

/** The Worker's guard with stores in memory: exact stores, and KV as each location sees it. */
export class GuardedWorker {
  nowMs: number;
  readonly #layers: Layers;
  readonly #kv = new SimulatedKv(() => this.nowMs);
  readonly #windows = new Map<number, AddressWindows>();
  readonly #ledgers: Map<string, Ledger>;
  readonly #conversions: Map<string, Conversion>;
  #budget = emptyBudget();
  #sends = 0;

  /** `past`: the Worker whose history this one continues, if any. */
  constructor(layers: Layers, nowMs: number, past?: GuardedWorker) {
    this.#layers = layers;
    this.nowMs = nowMs;
    this.#conversions = new Map(past === undefined ? [] : past.#conversions);
    this.#ledgers = new Map(
      Array.from(past === undefined ? [] : past.#ledgers, ([number, { devices }]) => [
        number,
        { ...emptyLedger(), ...(devices && { devices: structuredClone(devices) }) },
      ]),
    );
  }

  /** One user's attempt. A challenged start is repeated with a solved captcha if the user can solve it. */
  async start(start: Start): Promise<StartOutcome> {
    const { captcha } = this.#layers;
    if (captcha === "always")
      return start.solves ? this.#tryStart(start, "passed", true) : { kind: "challenged" };
    const outcome = await this.#tryStart(start, captcha === "risky" ? "missing" : "off", false);
    if (outcome.kind !== "challenged" || !start.solves) return outcome;
    return this.#tryStart(start, "passed", true);
  }

  /** How many keys of the conversion limit the object holds now. */
  conversionKeys(): number {
    for (const [key, state] of this.#conversions)
      if (idleFromMs(state, conversionDefaults) <= this.nowMs) this.#conversions.delete(key);
    return this.#conversions.size;
  }

  async #tryStart(
    start: Start,
    captcha: CaptchaState,
    wasChallenged: boolean,
  ): Promise<StartOutcome> {
    const { number, country } = start;
    const ledger = this.#ledgerOf(number);
    const claims = start.showsDevice === true ? [{ device, epoch: 1 }] : [];
    const shown = acceptedDevice(ledger, claims, this.nowMs);
    const isKnown = shown !== undefined && isSpared(ledger, shown);
    const caller = isKnown ? "known" : "anonymous";
    const standing = standingOf(caller, { captcha });
    if (!(await this.#passesAddress(start))) return { kind: "refused", by: "address" };
    const countries = this.#countriesOf(start);
    const noted = noteCountry(countries, country, countriesDefaults, this.nowMs);
    const isJudged = exemptionsOf(standing).rules.address_countries === "judged";
    const abroad = verdictOf(this.#layers.countriesPerAddress, captcha);
    if (noted.isOver && isJudged && abroad !== "pass") return { kind: "challenged" };
    const waitMs = waitToSendMs(ledger, caller, perNumber, this.nowMs);
    if (this.#layers.numberWindows && waitMs > 0) return { kind: "refused", by: "number" };
    const spent = this.#reserveSpend(country, standing);
    if (spent !== "reserved") return { kind: "refused", by: spent };

    const { outcome, next } = reserveConversion(
      this.#pairOf(start),
      {
        captcha,
        modes: { prefix: this.#layers.prefix, country: this.#layers.country },
        standing,
      },
      conversionDefaults,
      this.nowMs,
    );
    const id = String(this.#sends);
    this.#sends += 1;
    const isSent = outcome.verdict === "pass";
    this.#budget = settleSpend(this.#budget, { id, sent: isSent }, this.nowMs);
    if (outcome.verdict === "challenge") return { kind: "challenged" };
    if (outcome.verdict === "refuse") return { kind: "refused", by: "prefix" };
    this.#save(start, next);
    const counted = accountOf(ledger, caller).sends.filter(
      ({ countsUntilMs }) => this.nowMs < countsUntilMs,
    );
    const send = { id, atMs: this.nowMs, countsUntilMs: this.nowMs + dayMs };
    replaceSends(ledger, caller, [...counted, send]);
    if (shown !== undefined) countDeviceSend(ledger, shown, id, this.nowMs);
    this.#noteCountries(start, noted.next);
    return { kind: "sent", wasChallenged, approve: () => this.#approve(start, outcome.added) };
  }

  /** The budget and its money. A reservation is named by the count of earlier sends. */
  #reserveSpend(country: string, standing: Standing): "reserved" | "budget" | "money" {
    const { sendsPerDay = Number.POSITIVE_INFINITY, money, reservedPercent } = this.#layers;
    if (sendsPerDay === Number.POSITIVE_INFINITY && money === undefined) return "reserved";
    const id = String(this.#sends);
    const caps = { total: sendsPerDay, countries: {}, reservedPercent };
    const send = { id, country, standing };
    const { outcome, next } = reserveSpend(this.#budget, send, { caps, money }, this.nowMs);
    if (outcome.kind === "reserved") this.#budget = next;
    if (outcome.kind !== "send_budget_exhausted")
      return outcome.kind === "reserved" ? "reserved" : "budget";
    return outcome.cap === "money" ? "money" : "budget";
  }

  async #passesAddress({ address, location }: Start): Promise<boolean> {
    if (!this.#layers.addressWindows) return true;
    const windows = this.#windows.get(location) ?? this.#newWindows(location);
    if (windows.knownRefusal("send", address) !== undefined) return false;
    return (await windows.countSend(address)).kind === "pass";
  }

  #newWindows(location: number): AddressWindows {
    const windows = new AddressWindows(
      this.#kv.at(location),
      {
        peppers: [{ version: 1, bytes: new Uint8Array(32).fill(7) }],
        sendsPerAddress: perAddress,
        checksPerAddress: [],
        guard: { countries: countriesDefaults },
      },
      {
        fetch: () => Promise.reject(new Error("no network")),
        now: () => this.nowMs,
        log: () => undefined,
        trace: new Trace(() => this.nowMs),
        background: (_event, work) => void work.catch(() => undefined),
      },
      new RememberedRefusals<AddressRefusal>(),
    );
    this.#windows.set(location, windows);
    return windows;
  }

  #ledgerOf(number: string): Ledger {
    const ledger = this.#ledgers.get(number) ?? emptyLedger();
    this.#ledgers.set(number, ledger);
    return ledger;
  }

  #countriesOf({ address, location }: Start): UnverifiedCountries {
    const text = this.#kv.read(location, `countries:${address}`);
    return text === undefined ? {} : (JSON.parse(text) as UnverifiedCountries);
  }

  #noteCountries({ address, location }: Start, countries: UnverifiedCountries): void {
    if (this.#layers.countriesPerAddress !== "off")
      this.#kv.write(location, `countries:${address}`, JSON.stringify(countries));
  }

  #pairOf({ number, country }: Start): ConversionPair {
    return {
      country: this.#conversions.get(country) ?? emptyConversion,
      prefix: this.#conversions.get(prefixOf(number)) ?? emptyConversion,
    };
  }

  #save({ number, country }: Start, pair: ConversionPair): void {
    this.#conversions.set(country, pair.country);
    this.#conversions.set(prefixOf(number), pair.prefix);
  }

  #approve(start: Start, added: AddedSends): void {
    const pair = approveConversion(this.#pairOf(start), added, conversionDefaults, this.nowMs);
    this.#save(start, pair);
    admitDevice(this.#ledgerOf(start.number), { device, session: undefined }, this.nowMs);
    this.#noteCountries(start, verifyCountry(this.#countriesOf(start), start.country));
  }
}
