const failuresToOpen = 5;
const openMs = 30_000;

/**
 * The circuit to one Twilio product. It opens for 30 s after five failures in a row, then lets
 * one request through as a trial. It lives in one isolate, so that callers fail fast in an outage.
 */
export class Circuit {
  #failures = 0;
  #openUntilMs = 0;

  /** Returns whether a request may be made now. */
  allows(nowMs: number): boolean {
    if (nowMs < this.#openUntilMs) return false;
    // This request is the trial. It keeps the circuit open for the others until its outcome is known.
    if (this.#failures >= failuresToOpen) this.#openUntilMs = nowMs + openMs;
    return true;
  }

  /** Notes the outcome of a request. */
  report(succeeded: boolean, nowMs: number): void {
    this.#failures = succeeded ? 0 : this.#failures + 1;
    if (succeeded) this.#openUntilMs = 0;
    else if (this.#failures >= failuresToOpen) this.#openUntilMs = nowMs + openMs;
  }
}
