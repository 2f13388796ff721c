import type { Busy, InFlight } from "./lease.ts";
import type { CallerClass } from "./state.ts";

/** So long a caller waits, and then it is refused. */
export const patienceMs = 5_000;

/** The places of one line, by class. Strangers can fill theirs, and delay nobody else by them. */
const maxPlaces = 8;
const placesOf: Readonly<Record<CallerClass, number>> = { known: 8, service: 3, anonymous: 3 };
/** Who is served first; within a class the first to come. */
const turnOf: Readonly<Record<CallerClass, number>> = { known: 0, service: 1, anonymous: 2 };

/** Retries that wait for the end of their first request take no place, and are bounded too. */
const maxRetries = 8;

export type Waiting = Busy | InFlight;

interface Waiter {
  /** The line whose place it takes; undefined for a retry, which takes none. */
  readonly place: Pick<Busy, "service" | "caller"> | undefined;
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
    const place = first.kind === "in_flight" || isRetry ? undefined : first;
    if (!this.#hasPlace(place)) return Promise.resolve(first);
    return new Promise((resolve, reject) => {
      const timers: ReturnType<typeof setTimeout>[] = [];
      const leave = () => {
        for (const timer of timers) clearTimeout(timer);
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
      };
      const waiter: Waiter = {
        place,
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
    for (const waiter of this.#waiters.toSorted(byTurn)) {
      const { service } = waiter.place ?? {};
      if (service !== undefined && taken.has(service)) continue;
      if (!waiter.retry() && service !== undefined) taken.add(service);
    }
  }

  #hasPlace(place: Waiter["place"]): boolean {
    if (place === undefined)
      return this.#waiters.filter((waiter) => waiter.place === undefined).length < maxRetries;
    const inLine = this.#waiters.flatMap((waiter) =>
      waiter.place?.service === place.service ? [waiter.place] : [],
    );
    const ofClass = inLine.filter(({ caller }) => caller === place.caller);
    return inLine.length < maxPlaces && ofClass.length < placesOf[place.caller];
  }
}

export function isWaiting<Outcome>(outcome: Outcome): outcome is Outcome & Waiting {
  if (typeof outcome !== "object" || outcome === null || !("kind" in outcome)) return false;
  return outcome.kind === "busy" || outcome.kind === "in_flight";
}

/** Retries first: they wait for an answer that is there. Sorting keeps the order of arrival. */
function byTurn({ place: one }: Waiter, { place: two }: Waiter): number {
  return (one ? turnOf[one.caller] : -1) - (two ? turnOf[two.caller] : -1);
}
