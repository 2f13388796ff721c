const dayMs = 24 * 60 * 60 * 1000;

/** What the operator is shown of a day. */
export interface TallyOfDay {
  readonly approved: Readonly<Record<string, number>>;
  /** By rule, then by country. */
  readonly refused: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/**
 * Approvals and refusals of the running UTC day, for the operator's eyes. In memory alone, since an
 * attack must not be able to make the object write: after an eviction it begins anew.
 */
export class Tally {
  #day = 0;
  #approved: Record<string, number> = {};
  #refused: Record<string, Record<string, number>> = {};

  approved(country: string, nowMs: number): void {
    this.#turn(nowMs);
    this.#approved[country] = (this.#approved[country] ?? 0) + 1;
  }

  refused(rule: string, country: string, nowMs: number): void {
    this.#turn(nowMs);
    const byCountry = (this.#refused[rule] ??= {});
    byCountry[country] = (byCountry[country] ?? 0) + 1;
  }

  today(nowMs: number): TallyOfDay {
    this.#turn(nowMs);
    return structuredClone({ approved: this.#approved, refused: this.#refused });
  }

  #turn(nowMs: number): void {
    const day = Math.floor(nowMs / dayMs);
    if (day === this.#day) return;
    this.#day = day;
    this.#approved = {};
    this.#refused = {};
  }
}
