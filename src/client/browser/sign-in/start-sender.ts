import { PhonegateError } from "../../phonegate-error.ts";
import type { Phonegate, StartInput } from "../../phonegate.ts";
import { randomKey } from "../../random-key.ts";
import type { StartedVerification } from "../../wire.ts";

/** Sends starts. A start whose answer was lost keeps its key, so that nothing is sent twice. */
export class StartSender {
  #last: { readonly what: string; readonly key: string } | undefined;

  async send(
    client: Phonegate,
    isStepUp: boolean,
    { channel, locale, ...first }: StartInput,
    signal: AbortSignal,
  ): Promise<StartedVerification> {
    const more = { channel, locale };
    const what = JSON.stringify([more, first]);
    const key = this.#last?.what === what ? this.#last.key : randomKey();
    this.#last = { what, key };
    const options = { signal, idempotencyKey: key };
    try {
      const started = await (isStepUp
        ? client.startStepUp(more, options)
        : client.start({ ...more, ...first }, options));
      this.#last = undefined;
      return started;
    } catch (error) {
      // Only where nobody knows what became of it is the same request worth repeating.
      const isUnknown = error instanceof PhonegateError && error.status === 0;
      if (!isUnknown) this.#last = undefined;
      throw error;
    }
  }
}
