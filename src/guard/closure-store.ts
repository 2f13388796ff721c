/**
 * A breaker that holds callers up. Its beginning and its end are reported to the operator once
 * each.
 */
export interface Closure {
  /** The country, the key of the prefix, or `failed_checks`. */
  readonly key: string;
  readonly rule: "prefix" | "country" | "failed_checks";
  readonly country: string | undefined;
  /** The sealed prefix. */
  readonly sealed: string | undefined;
  /** How callers are held up. */
  readonly verdict: "challenge" | "refuse";
  readonly isReported: boolean;
}

const schema = `
CREATE TABLE IF NOT EXISTS closed
  (key TEXT PRIMARY KEY, rule TEXT NOT NULL, country TEXT, sealed TEXT, verdict TEXT NOT NULL,
   is_told INTEGER NOT NULL) WITHOUT ROWID`;

/** Bounds the table. In an attack over more prefixes only the first ones are reported. */
const mostClosures = 1000;

type Row = Omit<Closure, "isReported" | "country" | "sealed"> & {
  country: string | null;
  sealed: string | null;
  is_told: number;
};

/**
 * Stores the closures in the budget's object. They are read once. A closure is written when it begins,
 * when that was reported, and when it ends. Refused callers write nothing.
 */
export class ClosureStore {
  readonly #sql: SqlStorage;
  #known: Map<string, Closure> | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get all(): readonly Closure[] {
    return [...this.#closures().values()];
  }

  /** Adds a closure. Returns whether it is new. */
  add(closure: Closure): boolean {
    const known = this.#closures();
    if (known.has(closure.key) || known.size >= mostClosures) return false;
    this.#put(closure);
    return true;
  }

  /** Notes that the beginning was reported. */
  markReported(closure: Closure): void {
    this.#put({ ...closure, isReported: true });
  }

  remove({ key }: Closure): void {
    this.#closures().delete(key);
    this.#sql.exec("DELETE FROM closed WHERE key = ?", key);
  }

  #put(closure: Closure): void {
    const { key, rule, country = null, sealed = null, verdict, isReported } = closure;
    this.#closures().set(key, closure);
    this.#sql.exec(
      "INSERT OR REPLACE INTO closed VALUES (?, ?, ?, ?, ?, ?)",
      key,
      rule,
      country,
      sealed,
      verdict,
      isReported ? 1 : 0,
    );
  }

  #closures(): Map<string, Closure> {
    if (this.#known !== undefined) return this.#known;
    this.#sql.exec(schema);
    const rows = this.#sql.exec<Row>("SELECT * FROM closed").toArray();
    this.#known = new Map(
      rows.map(({ country, sealed, is_told: isTold, ...row }) => [
        row.key,
        {
          ...row,
          country: country ?? undefined,
          sealed: sealed ?? undefined,
          isReported: isTold === 1,
        },
      ]),
    );
    return this.#known;
  }
}
