const dayMs = 24 * 60 * 60 * 1000;

/** How the sends to one prefix ended. */
export interface PrefixTally {
  readonly sent: number;
  readonly approved: number;
  readonly refused: number;
}

/** The counts of one day for the operator. */
export interface TallyOfDay {
  /** When counting began. Earlier events are missing. */
  readonly sinceMs: number;
  readonly approved: Readonly<Record<string, number>>;
  /** By rule, then by country. */
  readonly refused: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By the prefix's key. */
  readonly prefixes: ReadonlyMap<string, PrefixTally>;
}

/** Bounds the memory in an attack over many prefixes. Further prefixes are not counted. */
const mostPrefixes = 5000;
const none: PrefixTally = { sent: 0, approved: 0, refused: 0 };

/**
 * Counts approvals and refusals of the current UTC day for the operator. The counts are only in memory, so
 * that refused callers cause no writes. After an eviction of the object they start again from zero.
 */
export class Tally {
  #day: number | undefined;
  #sinceMs = 0;
  #approved: Record<string, number> = {};
  #refused: Record<string, Record<string, number>> = {};
  #prefixes = new Map<string, PrefixTally>();

  approved(country: string, nowMs: number): void {
    this.#turn(nowMs);
    this.#approved[country] = (this.#approved[country] ?? 0) + 1;
  }

  refused(rule: string, country: string, nowMs: number): void {
    this.#turn(nowMs);
    const byCountry = (this.#refused[rule] ??= {});
    byCountry[country] = (byCountry[country] ?? 0) + 1;
  }

  /** Counts how one send to the prefix ended. */
  prefix(key: string | undefined, what: keyof PrefixTally, nowMs: number): void {
    this.#turn(nowMs);
    if (key === undefined) return;
    const known = this.#prefixes.get(key);
    if (known === undefined && this.#prefixes.size >= mostPrefixes) return;
    const counted = known ?? none;
    this.#prefixes.set(key, { ...counted, [what]: counted[what] + 1 });
  }

  today(nowMs: number): TallyOfDay {
    this.#turn(nowMs);
    return structuredClone({
      sinceMs: this.#sinceMs,
      approved: this.#approved,
      refused: this.#refused,
      prefixes: this.#prefixes,
    });
  }

  #turn(nowMs: number): void {
    const day = Math.floor(nowMs / dayMs);
    if (day === this.#day) return;
    this.#sinceMs = this.#day === undefined ? nowMs : day * dayMs;
    this.#day = day;
    this.#approved = {};
    this.#refused = {};
    this.#prefixes.clear();
  }
}
