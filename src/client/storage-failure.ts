import { PhonegateError } from "./phonegate-error.ts";

export type ErrorListener = (error: PhonegateError) => void;

/**
 * Reports the first failure of the page's storage or locks, once. It waits until there is a
 * listener.
 */
export class StorageFailure {
  readonly #listeners = new Set<ErrorListener>();
  #error: PhonegateError | undefined;
  #isReported = false;

  listen(listener: ErrorListener): () => void {
    this.#listeners.add(listener);
    this.#notify();
    return () => void this.#listeners.delete(listener);
  }

  /** The message holds only the error's name, because its text may repeat the stored value. */
  readonly report = (cause: unknown): void => {
    const name = cause instanceof Error ? cause.name : "unknown";
    const detail = `The browser's storage or locks cannot be used: ${name}`;
    this.#error ??= new PhonegateError("storage_unavailable", 0, { detail });
    this.#notify();
  };

  #notify(): void {
    if (this.#error === undefined || this.#isReported || this.#listeners.size === 0) return;
    this.#isReported = true;
    for (const listener of this.#listeners) listener(this.#error);
  }
}
