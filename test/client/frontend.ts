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

/** A frontend of this world; `between` stands between the two. */
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

/** What a browser gives to all tabs of an origin. */
export function sharedLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    request<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
      const result = (tails.get(name) ?? Promise.resolve()).then(work, work);
      tails.set(
        name,
        result.catch(() => undefined),
      );
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
