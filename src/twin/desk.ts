import type { InboxEntry } from "./inbox.ts";
import { freshState, prune, type TwinState } from "./state.ts";

/** Stores the state between requests. */
export interface TwinStore {
  load(): Promise<TwinState | undefined>;
  save(state: TwinState): Promise<void>;
}

/** Returns a store that keeps the state until the process ends. */
export function memoryStore(): TwinStore {
  let kept: TwinState | undefined;
  return {
    load: () => Promise.resolve(kept),
    save: (state) => {
      kept = state;
      return Promise.resolve();
    },
  };
}

/** Runs work on the state, one piece after the other. */
export interface Desk {
  run<T>(work: (state: TwinState, nowMs: number) => T): Promise<T>;
}

/** The changes of a piece of work that the phone's page shows. */
export interface Change {
  texts: InboxEntry[];
  clock: boolean;
  faults: boolean;
  optOuts: boolean;
}

/**
 * Creates a desk. `nowMs` is the twin's own time. `onSaved` gets every change after it is saved. If
 * the store fails, only that request fails.
 */
export function createDesk(options: {
  store: TwinStore;
  now: () => number;
  onSaved: (change: Change) => void;
}): Desk {
  const { store, now, onSaved } = options;
  let queue: Promise<unknown> = Promise.resolve();

  async function serve<T>(work: (state: TwinState, nowMs: number) => T): Promise<T> {
    const state = (await store.load()) ?? freshState(now());
    const nowMs = now() + state.advancedSeconds * 1000;
    const { delivered, advancedSeconds } = state;
    const optedOut = state.optedOut.join();
    const faultsLeft = countFaults(state);
    const result = work(state, nowMs);
    const fresh = Math.max(0, state.delivered - delivered);
    const change = {
      texts: fresh === 0 ? [] : state.inbox.slice(-fresh),
      clock: state.advancedSeconds !== advancedSeconds,
      faults: countFaults(state) !== faultsLeft,
      optOuts: state.optedOut.join() !== optedOut,
    };
    prune(state, nowMs);
    await store.save(state);
    onSaved(change);
    return result;
  }

  return {
    run(work) {
      const served = queue.then(() => serve(work));
      queue = served.catch(() => undefined);
      return served;
    },
  };
}

function countFaults(state: TwinState): number {
  return state.faults.reduce((sum, { count }) => sum + count, 0);
}
