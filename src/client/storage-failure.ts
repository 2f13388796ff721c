import { PhonegateError } from "./phonegate-error.ts";

export type ErrorListener = (error: PhonegateError) => void;

/** The first refusal of the page's storage or locks. It is told once, and waits for a listener. */
export class StorageFailure {
  readonly #listeners = new Set<ErrorListener>();
  #error: PhonegateError | undefined;
  #isTold = false;

  listen(listener: ErrorListener): () => void {
    this.#listeners.add(listener);
    this.#tell();
    return () => void this.#listeners.delete(listener);
  }

  /** The message has the cause's name alone: its text may repeat what was to be kept. */
  readonly report = (cause: unknown): void => {
    const name = cause instanceof Error ? cause.name : "unknown";
    const detail = `The browser's storage or locks cannot be used: ${name}`;
    this.#error ??= new PhonegateError("storage_unavailable", 0, { detail });
    this.#tell();
  };

  #tell(): void {
    if (this.#error === undefined || this.#isTold || this.#listeners.size === 0) return;
    this.#isTold = true;
    for (const listener of this.#listeners) listener(this.#error);
  }
}
