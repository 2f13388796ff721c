import type { StepFrame } from "./step.ts";

/** After this time the user is told that the request is still in flight. */
const slowMs = 4000;

/** Runs one request at a time. New work aborts the work before it. */
export class Work {
  #running: AbortController | undefined;

  /** Shows the step as busy until the work ends. `onError` is not called for aborted work. */
  async run(
    frame: StepFrame,
    work: (signal: AbortSignal) => Promise<void>,
    onSlow: () => void,
    onError: (error: unknown) => void,
  ): Promise<void> {
    this.stop();
    const running = new AbortController();
    this.#running = running;
    frame.setBusy(true);
    const timer = setTimeout(onSlow, slowMs);
    try {
      await work(running.signal);
    } catch (error) {
      if (!running.signal.aborted) onError(error);
    } finally {
      clearTimeout(timer);
      if (this.#running === running) frame.setBusy(false);
    }
  }

  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
  }
}

export const isAbort = (error: unknown): boolean =>
  error instanceof Error && error.name === "AbortError";
