const failuresToOpen = 5;
const openMs = 30_000;

/**
 * Stops asking a product of Twilio for half a minute after five failures in a row, then lets one
 * request try. Lives in one isolate: best effort, to fail fast and to keep people from waiting.
 */
export class CircuitBreaker {
  #failures = 0;
  #openUntilMs = 0;

  /** Whether a request may be made now. */
  allows(nowMs: number): boolean {
    if (nowMs < this.#openUntilMs) return false;
    // The one that tries keeps the others out until its answer is known.
    if (this.#failures >= failuresToOpen) this.#openUntilMs = nowMs + openMs;
    return true;
  }

  report(succeeded: boolean, nowMs: number): void {
    this.#failures = succeeded ? 0 : this.#failures + 1;
    if (succeeded) this.#openUntilMs = 0;
    else if (this.#failures >= failuresToOpen) this.#openUntilMs = nowMs + openMs;
  }
}
