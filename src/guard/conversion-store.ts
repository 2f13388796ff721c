import type { ConversionConstants } from "../config/guard-rules.ts";
import type { SentAs, SpendRequest } from "./budget.ts";
import {
  approveConversion,
  giveBackConversion,
  judgeConversion,
  reserveConversion,
  type AddedSends,
  type ConversionOutcome,
  type ConversionPair,
  type SendToJudge,
} from "./conversion-breaker.ts";
import { emptyConversion, idleFromMs, type Conversion } from "./conversion.ts";

/** A send with what judges it. */
export type SendToReserve = SendToJudge & SentAs & Omit<SpendRequest, keyof SentAs>;

/** A stored country or prefix. */
export interface KnownKey {
  readonly key: string;
  /** The sealed prefix. Undefined for a country, whose key is its code. */
  readonly sealed: string | undefined;
  readonly state: Conversion;
}

const schema = `
CREATE TABLE IF NOT EXISTS conversion
  (key TEXT PRIMARY KEY, sealed TEXT, state TEXT NOT NULL, idle_from_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS conversion_idle ON conversion (idle_from_ms);
CREATE TABLE IF NOT EXISTS unverified
  (send TEXT PRIMARY KEY, verification TEXT NOT NULL, country TEXT NOT NULL, prefix TEXT NOT NULL,
   added_country INTEGER NOT NULL, added_prefix INTEGER NOT NULL, until_ms INTEGER NOT NULL,
   standing TEXT NOT NULL DEFAULT 'stranger', channel TEXT NOT NULL DEFAULT 'sms',
   texts INTEGER NOT NULL DEFAULT 1) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unverified_of ON unverified (verification);
CREATE INDEX IF NOT EXISTS unverified_until ON unverified (until_ms);`;

/** Columns that tables of earlier versions lack. */
const laterColumns = {
  standing: "ALTER TABLE unverified ADD COLUMN standing TEXT NOT NULL DEFAULT 'stranger'",
  channel: "ALTER TABLE unverified ADD COLUMN channel TEXT NOT NULL DEFAULT 'sms'",
  texts: "ALTER TABLE unverified ADD COLUMN texts INTEGER NOT NULL DEFAULT 1",
};

/** The most expired rows that one send deletes, so that many old rows never make a send slow. */
const sweptPerSend = 20;

type UnverifiedRow = {
  country: string;
  prefix: string;
  added_country: number;
  added_prefix: number;
};

/**
 * The conversion breaker's state in the budget's object: one row for each key, and one for each unverified
 * send. So a send touches three rows, independent of the number of prefixes. Only passed sends add keys, so
 * the day's budget bounds them, and idle keys are deleted. All methods are synchronous.
 */
export class ConversionStore {
  readonly #sql: SqlStorage;
  readonly #constants: ConversionConstants;

  constructor(sql: SqlStorage, constants: ConversionConstants) {
    this.#sql = sql;
    this.#constants = constants;
    sql.exec(schema);
    const columns = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info('unverified')");
    const known = columns.toArray().map(({ name }) => name);
    for (const [name, added] of Object.entries(laterColumns))
      if (!known.includes(name)) sql.exec(added);
  }

  /** Judges and counts a send. Idempotent by the send's id. A send that is held up writes nothing. */
  reserve(send: SendToReserve, nowMs: number): ConversionOutcome {
    const known = this.#rows("send", send.id)[0];
    if (known !== undefined) return { ...passedOutcome, added: addedOf(known) };
    this.#sweep(nowMs);
    const prefix = this.#prefixOfSend(send);
    // The rows of the verification have expired, so its resend cannot be judged and passes.
    if (prefix === undefined) return passedOutcome;
    const pair = this.#pair(send.country, prefix);
    const { outcome, next } = reserveConversion(pair, send, this.#constants, nowMs);
    if (outcome.verdict !== "pass") return outcome;
    this.#save(send.country, prefix, next, send.prefix?.sealed);
    const { added } = outcome;
    this.#sql.exec(
      `INSERT INTO unverified (send, verification, country, prefix, added_country, added_prefix,
        until_ms, standing, channel, texts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      send.id,
      send.verification,
      send.country,
      prefix,
      added.country,
      added.prefix,
      send.untilMs,
      send.standing,
      send.channel,
      send.texts,
    );
    return outcome;
  }

  /** Judges a send without counting it. */
  judge(send: SendToReserve, nowMs: number): Omit<ConversionOutcome, "added"> {
    const prefix = this.#prefixOfSend(send);
    if (prefix === undefined) return passedOutcome;
    return judgeConversion(this.#pair(send.country, prefix), send, this.#constants, nowMs);
  }

  /** Returns what a resend takes over from the verification's newest send. */
  lastSendOf(verification: string): SentAs | undefined {
    return this.#sql
      .exec<SentAs>(
        "SELECT standing, channel, texts FROM unverified WHERE verification = ? ORDER BY until_ms DESC LIMIT 1",
        verification,
      )
      .toArray()[0];
  }

  /** Returns the key of the prefix of an unverified send. */
  prefixOf(column: "send" | "verification", name: string): string | undefined {
    return this.#rows(column, name)[0]?.prefix;
  }

  /** Subtracts what a send added that was certainly not made. Idempotent. */
  giveBack(send: string, nowMs: number): void {
    const row = this.#rows("send", send)[0];
    if (row === undefined) return;
    const pair = this.#pair(row.country, row.prefix);
    const next = giveBackConversion(pair, addedOf(row), this.#constants, nowMs);
    this.#save(row.country, row.prefix, next);
    this.#sql.exec("DELETE FROM unverified WHERE send = ?", send);
  }

  /** Counts an approval, and subtracts what all sends of the verification have added. Idempotent. */
  approve(verification: string, nowMs: number): void {
    const rows = this.#rows("verification", verification);
    const [first] = rows;
    if (first === undefined) return;
    const added = {
      country: rows.reduce((sum, row) => sum + row.added_country, 0),
      prefix: rows.reduce((sum, row) => sum + row.added_prefix, 0),
    };
    const pair = this.#pair(first.country, first.prefix);
    const next = approveConversion(pair, added, this.#constants, nowMs);
    this.#save(first.country, first.prefix, next);
    this.#sql.exec("DELETE FROM unverified WHERE verification = ?", verification);
  }

  /** Returns the state of a country or a prefix. */
  stateOf(key: string): Conversion {
    return this.#get(key);
  }

  /** Returns the sealed prefix of a key, or undefined for a country. */
  sealedOf(key: string): string | undefined {
    const query = "SELECT sealed FROM conversion WHERE key = ?";
    return this.#sql.exec<{ sealed: string | null }>(query, key).toArray()[0]?.sealed ?? undefined;
  }

  /** Changes the state of a key, for the operator's levers. */
  change(key: string, change: (state: Conversion) => Conversion, sealed?: string): void {
    this.#put(key, change(this.#get(key)), sealed);
  }

  /** Returns the stored keys. Those that stay active longest come first. */
  list(limit: number): KnownKey[] {
    return this.#sql
      .exec<{ key: string; sealed: string | null; state: string }>(
        "SELECT key, sealed, state FROM conversion ORDER BY idle_from_ms DESC LIMIT ?",
        limit,
      )
      .toArray()
      .map(({ key, sealed, state }) => ({ key, sealed: sealed ?? undefined, state: parse(state) }));
  }

  #prefixOfSend({ prefix, verification }: SendToReserve): string | undefined {
    return prefix?.key ?? this.prefixOf("verification", verification);
  }

  #sweep(nowMs: number): void {
    this.#sql.exec(
      `DELETE FROM conversion WHERE key IN
        (SELECT key FROM conversion WHERE idle_from_ms <= ? LIMIT ${sweptPerSend})`,
      nowMs,
    );
    this.#sql.exec(
      `DELETE FROM unverified WHERE send IN
        (SELECT send FROM unverified WHERE until_ms <= ? LIMIT ${sweptPerSend})`,
      nowMs,
    );
  }

  #rows(column: "send" | "verification", name: string): UnverifiedRow[] {
    const query = `SELECT country, prefix, added_country, added_prefix FROM unverified WHERE ${column} = ?`;
    return this.#sql.exec<UnverifiedRow>(query, name).toArray();
  }

  #pair(country: string, prefix: string): ConversionPair {
    return { country: this.#get(country), prefix: this.#get(prefix) };
  }

  #save(country: string, prefix: string, pair: ConversionPair, sealed?: string): void {
    this.#put(country, pair.country);
    this.#put(prefix, pair.prefix, sealed);
  }

  #get(key: string): Conversion {
    const [row] = this.#sql
      .exec<{ state: string }>("SELECT state FROM conversion WHERE key = ?", key)
      .toArray();
    return row === undefined ? emptyConversion : parse(row.state);
  }

  #put(key: string, state: Conversion, sealed?: string): void {
    this.#sql.exec(
      `INSERT INTO conversion VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE
        SET state = ?3, idle_from_ms = ?4, sealed = coalesce(?2, sealed)`,
      key,
      sealed ?? null,
      JSON.stringify(state),
      idleFromMs(state, this.#constants),
    );
  }
}

const passedOutcome: ConversionOutcome = {
  verdict: "pass",
  matched: [],
  heldBy: [],
  added: { country: 0, prefix: 0 },
  retryAfterMs: 0,
};

const addedOf = (row: UnverifiedRow): AddedSends => ({
  country: row.added_country,
  prefix: row.added_prefix,
});

/** Only `#put` writes this JSON. */
function parse(json: string): Conversion {
  const state: Conversion = JSON.parse(json);
  return state;
}
