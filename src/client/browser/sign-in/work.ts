import type { StepFrame } from "./step.ts";

/** When an answer takes longer, the person is told that something still happens. */
const slowMs = 4000;

/** One request at a time: new work aborts the work before it. */
export class Work {
  #running: AbortController | undefined;

  /** The step is busy while the work lasts. `onError` is not called for work that was aborted. */
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
  error instanceof DOMException && error.name === "AbortError";
