/**
 * A breaker that holds callers up: since when it does is told to the operator once, and so is its
 * end.
 */
export interface Closure {
  /** The country's name, the key of the prefix, or `failed_checks`. */
  readonly key: string;
  readonly rule: "prefix" | "country" | "failed_checks";
  readonly country: string | undefined;
  /** The prefix, sealed. */
  readonly sealed: string | undefined;
  /** What it does to callers. */
  readonly verdict: "challenge" | "refuse";
  readonly isTold: boolean;
}

const schema = `
CREATE TABLE IF NOT EXISTS closed
  (key TEXT PRIMARY KEY, rule TEXT NOT NULL, country TEXT, sealed TEXT, verdict TEXT NOT NULL,
   is_told INTEGER NOT NULL) WITHOUT ROWID`;

/** An attack over more prefixes than that is told by the first ones. */
const mostClosures = 1000;

type Row = Omit<Closure, "isTold" | "country" | "sealed"> & {
  country: string | null;
  sealed: string | null;
  is_told: number;
};

/**
 * The breakers that are closed, in the budget's object. They are read once, and written when one
 * closes, when that was told, and when it has ended: a refused crowd writes nothing.
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

  /** Whether it is news: it was not closed before. */
  add(closure: Closure): boolean {
    const known = this.#closures();
    if (known.has(closure.key) || known.size >= mostClosures) return false;
    this.#put(closure);
    return true;
  }

  told(closure: Closure): void {
    this.#put({ ...closure, isTold: true });
  }

  remove({ key }: Closure): void {
    this.#closures().delete(key);
    this.#sql.exec("DELETE FROM closed WHERE key = ?", key);
  }

  #put(closure: Closure): void {
    const { key, rule, country = null, sealed = null, verdict, isTold } = closure;
    this.#closures().set(key, closure);
    this.#sql.exec(
      "INSERT OR REPLACE INTO closed VALUES (?, ?, ?, ?, ?, ?)",
      key,
      rule,
      country,
      sealed,
      verdict,
      isTold ? 1 : 0,
    );
  }

  #closures(): Map<string, Closure> {
    if (this.#known !== undefined) return this.#known;
    this.#sql.exec(schema);
    const rows = this.#sql.exec<Row>("SELECT * FROM closed").toArray();
    this.#known = new Map(
      rows.map(({ country, sealed, is_told: told, ...row }) => [
        row.key,
        { ...row, country: country ?? undefined, sealed: sealed ?? undefined, isTold: told === 1 },
      ]),
    );
    return this.#known;
  }
}
