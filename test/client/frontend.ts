import {
  createPhonegate,
  PhonegateError,
  type FetchInit,
  type Locks,
  type Phonegate,
  type PhonegateOptions,
} from "../../src/client/index.ts";
import { workerOrigin, type World } from "../helpers/world.ts";

export const number = "+12015550123";

export type Step = (url: string, init: FetchInit, on: () => Promise<Response>) => Promise<Response>;

/**
 * Returns a client whose requests go to this world's Worker. `between` sees each request before it
 * is sent.
 */
export function frontend(
  world: World,
  options: Partial<PhonegateOptions> = {},
  between: Step = (_url, _init, on) => on(),
): Phonegate {
  return createPhonegate({
    baseUrl: workerOrigin,
    now: () => world.clock.nowMs,
    fetch: (url, init) => between(url, init, () => world.send(url, { ...init })),
    ...options,
  });
}

export async function newestCode(world: World, to = number): Promise<string> {
  const [newest] = await world.inbox(to);
  if (newest === undefined) throw new Error("no message arrived");
  return newest.code;
}

export async function signIn(world: World, phonegate: Phonegate, typed = number) {
  const { id, to } = await phonegate.start({ to: typed });
  return phonegate.check(id, await newestCode(world, to));
}

export const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "done",
    (error: unknown) => (error instanceof PhonegateError ? error.code : error),
  );

/**
 * Returns locks like `navigator.locks`, which all tabs of an origin share. A lock is exclusive by
 * name. With `ifAvailable`, a held lock gives `null`.
 */
export function sharedLocks(): Locks {
  const held = new Map<string, Promise<unknown>>();
  return {
    async request(name, { ifAvailable = false }, work) {
      if (ifAvailable && held.has(name)) return work(null);
      const before = held.get(name);
      const result = before === undefined ? work({ name }) : before.then(() => work({ name }));
      const end = result
        .catch(() => undefined)
        .finally(() => {
          if (held.get(name) === end) held.delete(name);
        });
      held.set(name, end);
      return result;
    },
  };
}

export function counting(count: { refreshes: number }): Step {
  return (url, _init, on) => {
    if (url.endsWith("/refresh")) count.refreshes += 1;
    return on();
  };
}
