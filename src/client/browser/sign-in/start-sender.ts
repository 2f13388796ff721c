import { PhonegateError } from "../../phonegate-error.ts";
import { randomKey } from "../../random-key.ts";
import type { Channel, StartedVerification } from "../../wire.ts";
import type { Host } from "./host.ts";
import type { KnownConfig } from "./known-config.ts";
import type { Settings } from "./settings.ts";

interface Input {
  readonly to: string;
  readonly country?: string | undefined;
  /** @default of the open channels the first that the page wants: texts may be closed */
  readonly channel?: Channel | undefined;
}

/** Sends starts. A start whose answer was lost keeps its key, so that nothing is sent twice. */
export class StartSender {
  readonly #host: Host;
  readonly #settings: Settings;
  readonly #config: KnownConfig;
  #last: { readonly what: string; readonly key: string } | undefined;

  constructor(host: Host, settings: Settings, config: KnownConfig) {
    this.#host = host;
    this.#settings = settings;
    this.#config = config;
  }

  async send(asked: Input, signal: AbortSignal): Promise<StartedVerification> {
    const { client, captchaToken: captcha_token } = this.#host;
    const { isStepUp, messageLocale: locale } = this.#settings;
    const { channel = this.#settings.channels(this.#config.value)[0], ...first } = asked;
    const more = { channel, locale };
    const input = { ...more, ...first, captcha_token };
    const what = JSON.stringify(input);
    const key = this.#last?.what === what ? this.#last.key : randomKey();
    this.#last = { what, key };
    const options = { signal, idempotencyKey: key };
    try {
      const started = await (isStepUp
        ? client.startStepUp(more, options)
        : client.start(input, options));
      this.#last = undefined;
      return started;
    } catch (error) {
      // Only where nobody knows what became of it is the same request worth repeating.
      const isUnknown = error instanceof PhonegateError && error.status === 0;
      if (!isUnknown) this.#last = undefined;
      throw error;
    } finally {
      this.#host.captchaToken = undefined;
    }
  }
}
