import type { InboxEntry } from "./inbox.ts";
import { freshState, prune, type TwinState } from "./state.ts";

/** Where the state lives between two requests. */
export interface TwinStore {
  load(): Promise<TwinState | undefined>;
  save(state: TwinState): Promise<void>;
}

/** Keeps the state as long as the process lives. */
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

/** Serves one piece of work after the other; each sees what the one before it left. */
export interface Desk {
  run<T>(work: (state: TwinState, nowMs: number) => T): Promise<T>;
}

/**
 * `nowMs` in the work is the twin's own time. `onDelivered` hears of new texts once they are saved.
 * A store that fails fails that request alone; the next one is served.
 */
export function createDesk(options: {
  store: TwinStore;
  now: () => number;
  onDelivered: (entries: InboxEntry[]) => void;
}): Desk {
  const { store, now, onDelivered } = options;
  let queue: Promise<unknown> = Promise.resolve();

  async function serve<T>(work: (state: TwinState, nowMs: number) => T): Promise<T> {
    const state = (await store.load()) ?? freshState(now());
    const nowMs = now() + state.advancedSeconds * 1000;
    const deliveredBefore = state.delivered;
    const result = work(state, nowMs);
    const fresh = Math.max(0, state.delivered - deliveredBefore);
    const entries = fresh === 0 ? [] : state.inbox.slice(-fresh);
    prune(state, nowMs);
    await store.save(state);
    if (entries.length > 0) onDelivered(entries);
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
