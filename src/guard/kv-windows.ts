import * as v from "valibot";
import type { Config } from "../config.ts";
import type { GuardConfig, RulesJudgedBy } from "../config/guard.ts";
import { encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";
import type { Limit } from "../lib/env-reader.ts";
import { asLetters } from "../lib/letters.ts";
import type { Runtime } from "../runtime.ts";
import type { Verdict } from "./rule-mode.ts";
import type { Treatment } from "./standing.ts";
import type { RememberedRefusals } from "./remembered-refusals.ts";
import { countriesSecondsLeft, noteCountry, verifyCountry } from "./unverified-countries.ts";
import { countEvent, secondsLeft, type Windows, type WindowsOutcome } from "./windows.ts";

const windowsSchema = v.record(
  v.pipe(v.string(), v.regex(/^[1-9]\d*$/)),
  v.object({ startedAtMs: v.number(), count: v.number() }),
);
/** The stored value of an address: its windows for sends and checks, and the countries it sends to. */
const recordSchema = v.object({
  send: windowsSchema,
  check: windowsSchema,
  countries: v.optional(v.record(v.string(), v.number())),
});
type AddressRecord = v.InferOutput<typeof recordSchema>;

export type Counted = "send" | "check";

export interface AddressRefusal {
  readonly kind: "over_address_limit";
  readonly counted: Counted;
  readonly limit: Limit;
  readonly retryAfterSeconds: number;
}

export type AddressOutcome =
  | {
      readonly kind: "pass";
      /** The address sends to more countries without a right code than the rule allows. */
      readonly hasManyCountries: boolean;
      /** The verdict for a stranger, if the caller passed as known. */
      readonly ifStranger: Verdict;
    }
  /** The address sends to too many countries. A refusal writes nothing. */
  | { readonly kind: "many_countries"; readonly verdict: Exclude<Verdict, "pass"> }
  | AddressRefusal;

export interface CountryOfSend {
  readonly sentTo: string;
  /** The verdict for a stranger that sends to more countries than the rule allows. */
  readonly ifMany: Verdict;
  readonly treatment: Treatment;
}

/** Stores a counted check, with the country that its right code has confirmed. Call it once. */
export type StoreCheck = (confirmedCountry: string | undefined) => void;

type WindowsConfig = Pick<Config, "peppers" | "sendsPerAddress" | "checksPerAddress"> & {
  readonly guard: Pick<GuardConfig, "countries">;
};

/** What judges the rules about an address. */
const addressRules = { address_countries: noteCountry } satisfies Record<
  RulesJudgedBy<"address">,
  unknown
>;

/** Workers KV refuses a shorter lifetime. */
const minLifetimeSeconds = 60;

/**
 * Limits per address in Workers KV: the first, cheap tier. Each event needs one read, and one write in the
 * background; a refusal writes nothing.
 *
 * The limits are not exact. KV has no compare-and-set, accepts one write a second for each key, and is up
 * to a minute stale in other locations. So parallel requests pass together, and the last write wins. A
 * failing KV fails open, and is logged.
 */
export class AddressWindows {
  readonly #kv: KVNamespace;
  readonly #config: WindowsConfig;
  readonly #runtime: Runtime;
  readonly #over: RememberedRefusals<AddressRefusal>;

  constructor(
    kv: KVNamespace,
    config: WindowsConfig,
    runtime: Runtime,
    over: RememberedRefusals<AddressRefusal>,
  ) {
    this.#kv = kv;
    this.#config = config;
    this.#runtime = runtime;
    this.#over = over;
  }

  /** Returns the refusal that this isolate already knows, if any. Reads no store. */
  knownRefusal(counted: Counted, address: string): AddressRefusal | undefined {
    const found = this.#over.find(`${counted} ${address}`, this.#runtime.now());
    if (found === undefined) return undefined;
    return { ...found.refusal, retryAfterSeconds: Math.max(1, Math.ceil(found.leftMs / 1000)) };
  }

  /** Counts a send, and stores it in the background. A refusal writes nothing. */
  async countSend(address: string, send?: CountryOfSend): Promise<AddressOutcome> {
    const nowMs = this.#runtime.now();
    const { key, record, outcome } = await this.#count("send", address, nowMs);
    if (outcome.kind !== "pass") return outcome;
    const { countries: rule } = this.#config.guard;
    const known = record.countries ?? {};
    const noted = send
      ? addressRules.address_countries(known, send.sentTo, rule, nowMs)
      : { isOver: false, next: known };
    const verdict = noted.isOver && send !== undefined ? send.ifMany : "pass";
    if (verdict !== "pass" && send?.treatment === "judged")
      return { kind: "many_countries", verdict };
    this.#write(key, { ...record, send: outcome.next, countries: noted.next }, nowMs);
    return { kind: "pass", hasManyCountries: noted.isOver, ifStranger: verdict };
  }

  /**
   * Counts a check. KV accepts only one write a second for each key, so a check has a single write,
   * which waits until the code was judged.
   */
  async countCheck(address: string): Promise<StoreCheck> {
    const nowMs = this.#runtime.now();
    const { key, record, outcome } = await this.#count("check", address, nowMs);
    if (outcome.kind !== "pass") return () => undefined;
    const known = record.countries ?? {};
    return (confirmed) => {
      const countries = confirmed === undefined ? known : verifyCountry(known, confirmed);
      this.#write(key, { ...record, check: outcome.next, countries }, nowMs);
    };
  }

  async #count(
    counted: Counted,
    address: string,
    nowMs: number,
  ): Promise<{
    key: string;
    record: AddressRecord;
    outcome: AddressRefusal | Extract<WindowsOutcome, { kind: "pass" }>;
  }> {
    const limits =
      counted === "send" ? this.#config.sendsPerAddress : this.#config.checksPerAddress;
    const key = await this.#key(address);
    const record = await this.#read(key);
    const outcome = countEvent(record[counted], limits, nowMs);
    if (outcome.kind === "pass") return { key, record, outcome };
    const refusal = { ...outcome, kind: "over_address_limit", counted } as const;
    const untilMs = nowMs + outcome.retryAfterSeconds * 1000;
    this.#over.remember(`${counted} ${address}`, refusal, untilMs);
    return { key, record, outcome: refusal };
  }

  /** Returns the name of an address for the log. */
  async nameOf(address: string): Promise<string> {
    return asLetters((await this.#hash(address)).slice(0, 12));
  }

  /** Keys contain HMACs, so that a reader of the store learns no address. */
  async #key(address: string): Promise<string> {
    return `address:${encodeBase64Url(await this.#hash(address))}`;
  }

  #hash(address: string) {
    return hmac(this.#config.peppers[0].bytes, "address-windows", address);
  }

  async #read(key: string): Promise<AddressRecord> {
    try {
      const outcome = v.safeParse(recordSchema, await this.#get(key));
      if (outcome.success) return outcome.output;
    } catch (error) {
      this.#runtime.log("store.failed", { store: "kv", operation: "get", error: nameOf(error) });
    }
    return { send: {}, check: {} };
  }

  #get(key: string): Promise<unknown> {
    return this.#runtime.trace.hop("kv", async () => this.#kv.get(key, "json"));
  }

  #write(key: string, record: AddressRecord, nowMs: number): void {
    const windows: Windows[] = [record.send, record.check];
    const left = Math.max(
      ...windows.map((each) => secondsLeft(each, nowMs)),
      countriesSecondsLeft(record.countries ?? {}, this.#config.guard.countries, nowMs),
    );
    const expirationTtl = Math.max(minLifetimeSeconds, left);
    const put = async () => this.#kv.put(key, JSON.stringify(record), { expirationTtl });
    this.#runtime.background("store.failed", put());
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
