const dayMs = 24 * 60 * 60 * 1000;

export interface PrefixTally {
  readonly sent: number;
  readonly approved: number;
  readonly refused: number;
}

/** What the operator is shown of a day. */
export interface TallyOfDay {
  /** The counts of earlier are not in it. */
  readonly sinceMs: number;
  readonly approved: Readonly<Record<string, number>>;
  /** By rule, then by country. */
  readonly refused: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By the key of a prefix. */
  readonly prefixes: ReadonlyMap<string, PrefixTally>;
}

/** An attack over many prefixes must not fill the memory: those that come later are not counted. */
const mostPrefixes = 5000;
const none: PrefixTally = { sent: 0, approved: 0, refused: 0 };

/**
 * Approvals and refusals of the running UTC day, for the operator's eyes. In memory alone, since an
 * attack must not be able to make the object write: after an eviction it begins anew.
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

  /** What became of one send to that prefix. */
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
