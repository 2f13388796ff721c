import type { Busy, InFlight } from "./lease.ts";
import type { CallerClass } from "../contract/words.ts";

/** How long a caller waits before it is refused. */
export const patienceMs = 5_000;

/**
 * The places of one line. Strangers can only fill the places of their class, so they delay no other class.
 * Retries take none of these places: they have as many places of their own.
 */
const maxPlaces = 8;
const placesOf: Readonly<Record<CallerClass, number>> = { known: 8, service: 3, anonymous: 3 };
/**
 * The class with the lowest number is served first. Within a class, the first caller is served
 * first.
 */
const turnOf: Readonly<Record<CallerClass, number>> = { known: 0, service: 1, anonymous: 2 };

export type Waiting = Busy | InFlight;

interface Waiter {
  /** The line on which it takes a place. Undefined for a retry, which takes no place. */
  readonly service: string | undefined;
  /** A retry may take the line itself after its first request is refused, so it has a turn, too. */
  readonly caller: CallerClass;
  readonly key: string | undefined;
  /** Judges the request again. Returns whether its wait is over. */
  readonly retry: () => boolean;
}

/**
 * The callers that wait for a line, in the object's memory. They are served by the same event that frees
 * the line, so that no later caller can overtake them.
 */
export class WaitingRoom {
  #waiters: Waiter[] = [];

  /**
   * Resolves to the request's outcome when its turn comes. Resolves to `first` if it is refused: after 5 s,
   * or at once if there is no place.
   *
   * @param judge judges the request again.
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
      // If the holder has crashed, its lease ends without an event.
      timers.push(setTimeout(() => this.serve(), Math.max(0, first.untilMs - nowMs)));
    });
  }

  /** Gives each free line to its next waiter. Call it after each event that may have freed a line. */
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

/** Returns whether the request has to wait. */
export function isWaiting<Outcome>(outcome: Outcome): outcome is Outcome & Waiting {
  if (typeof outcome !== "object" || outcome === null || !("kind" in outcome)) return false;
  return outcome.kind === "busy" || outcome.kind === "in_flight";
}

/** The sort is stable, so it keeps the order of arrival within a class. */
function byTurn(one: Waiter, other: Waiter): number {
  return turnOf[one.caller] - turnOf[other.caller];
}
