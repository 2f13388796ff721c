import type { Busy, InFlight } from "./lease.ts";
import type { CallerClass } from "../contract/words.ts";

/** So long a caller waits, and then it is refused. */
export const patienceMs = 5_000;

/**
 * The places of one line, by class. Strangers can fill theirs, and delay no other class by them.
 * Retries take none of them: they have as many of their own.
 */
const maxPlaces = 8;
const placesOf: Readonly<Record<CallerClass, number>> = { known: 8, service: 3, anonymous: 3 };
/** Who is served first; within a class the first to come. */
const turnOf: Readonly<Record<CallerClass, number>> = { known: 0, service: 1, anonymous: 2 };

export type Waiting = Busy | InFlight;

interface Waiter {
  /** The line whose place it takes; undefined for a retry, which takes none. */
  readonly service: string | undefined;
  /** A retry takes the line itself when its first request is refused, so it waits for its turn too. */
  readonly caller: CallerClass;
  readonly key: string | undefined;
  /** Judges the request again. Returns whether its wait is over. */
  readonly retry: () => boolean;
}

/**
 * Callers that wait for a line, in the memory of the object. They are served in the turn of the
 * event that frees the line, so that no later caller can pass them.
 */
export class WaitingRoom {
  #waiters: Waiter[] = [];

  /**
   * Resolves to the request's outcome when its turn has come. Resolves to `first` when it is refused:
   * after 5 s, or at once when there is no place. `judge` judges the request again.
   */
  wait<Outcome>(first: Outcome & Waiting, judge: () => Outcome, nowMs: number): Promise<Outcome> {
    const key = first.kind === "busy" ? first.key : undefined;
    const isRetry = key !== undefined && this.#waiters.some((waiter) => waiter.key === key);
    const service = first.kind === "in_flight" || isRetry ? undefined : first.service;
    const { caller } = first;
    if (!this.#hasPlace(service, caller)) return Promise.resolve(first);
    return new Promise((resolve, reject) => {
      const timers: ReturnType<typeof setTimeout>[] = [];
      const leave = () => {
        for (const timer of timers) clearTimeout(timer);
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
      };
      const waiter: Waiter = {
        service,
        caller,
        key,
        retry: () => {
          try {
            const outcome = judge();
            if (isWaiting(outcome)) return false;
            resolve(outcome);
          } catch (error) {
            reject(error);
          }
          leave();
          return true;
        },
      };
      this.#waiters.push(waiter);
      const giveUp = () => {
        leave();
        resolve(first);
      };
      timers.push(setTimeout(giveUp, patienceMs));
      // A lease ends without an event when its holder is lost.
      timers.push(setTimeout(() => this.serve(), Math.max(0, first.untilMs - nowMs)));
    });
  }

  /** Gives every free line to whose turn it is. Call it after whatever may have freed one. */
  serve(): void {
    const taken = new Set<string>();
    for (const { service, retry } of this.#waiters.toSorted(byTurn)) {
      if (service !== undefined && taken.has(service)) continue;
      if (!retry() && service !== undefined) taken.add(service);
    }
  }

  #hasPlace(service: string | undefined, caller: CallerClass): boolean {
    const others = this.#waiters.filter((waiter) => waiter.service === service);
    const ofClass = others.filter((waiter) => waiter.caller === caller);
    return others.length < maxPlaces && ofClass.length < placesOf[caller];
  }
}

export function isWaiting<Outcome>(outcome: Outcome): outcome is Outcome & Waiting {
  if (typeof outcome !== "object" || outcome === null || !("kind" in outcome)) return false;
  return outcome.kind === "busy" || outcome.kind === "in_flight";
}

/** Sorting keeps the order of arrival within a class. */
function byTurn(one: Waiter, other: Waiter): number {
  return turnOf[one.caller] - turnOf[other.caller];
}
