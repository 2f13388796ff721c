import { interceptedBindings, type Intercept } from "./recorder.ts";

/** The ways in which a call to a Durable Object fails. */
export const failures = {
  rejects: { error: {}, isDone: false, isTriedAgain: false },
  "throws at once": { error: {}, isDone: false, isTriedAgain: false },
  "is retryable": { error: { retryable: true }, isDone: false, isTriedAgain: true },
  "is overloaded": { error: { overloaded: true }, isDone: false, isTriedAgain: false },
  "is retryable but overloaded": {
    error: { retryable: true, overloaded: true },
    isDone: false,
    isTriedAgain: false,
  },
  "does its work and loses the answer": { error: {}, isDone: true, isTriedAgain: false },
} as const;
export type Failure = keyof typeof failures;
export const allFailures = Object.keys(failures) as Failure[];

/**
 * Returns bindings of which one method fails, `times` times or until it is repaired. As in the real
 * runtime, a stub that has thrown once always throws, so a retry needs a new stub.
 */
export function failing(method: string, failure: Failure, times = Number.POSITIVE_INFINITY) {
  const { error, isDone } = failures[failure];
  const broken = new Map<object, Error>();
  const calls: string[] = [];
  let left = times;
  const fail = (target: object): Error => {
    left -= 1;
    const thrown = Object.assign(new Error("a store is down"), error);
    broken.set(target, thrown);
    return thrown;
  };
  const intercept: Intercept = ({ name, target, run }) => {
    calls.push(name);
    const old = broken.get(target);
    if (old !== undefined) return Promise.reject(old);
    if (name !== method || left <= 0) return run();
    if (failure === "throws at once") throw fail(target);
    const thrown = fail(target);
    return isDone ? run().then(() => Promise.reject(thrown)) : Promise.reject(thrown);
  };
  return {
    bindings: interceptedBindings(intercept),
    /** Returns how often the method was called. */
    calls: () => calls.filter((name) => name === method).length,
    mend: () => {
      left = 0;
    },
  };
}
