import { PhonegateError } from "../../phonegate-error.ts";
import { randomKey } from "../../random-key.ts";
import type { Channel, StartedVerification } from "../../wire.ts";
import type { Host } from "./host.ts";
import type { KnownConfig } from "./known-config.ts";
import type { Settings } from "./settings.ts";

interface Input {
  readonly to: string;
  readonly country?: string | undefined;
  /** @default the first open channel that the page lists, because `sms` may be closed */
  readonly channel?: Channel | undefined;
}

/**
 * Sends starts. If an answer is lost, a retry has the same idempotency key, so no second code is
 * sent.
 */
export class StartSender {
  readonly #host: Host;
  readonly #settings: Settings;
  readonly #config: KnownConfig;
  #last: { readonly input: string; readonly key: string } | undefined;

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
    const text = JSON.stringify(input);
    const key = this.#last?.input === text ? this.#last.key : randomKey();
    this.#last = { input: text, key };
    const options = { signal, idempotencyKey: key };
    try {
      const started = await (isStepUp
        ? client.startStepUp(more, options)
        : client.start(input, options));
      this.#last = undefined;
      return started;
    } catch (error) {
      // Only a start without an answer keeps its key. After an answer, the same input is a new
      // start.
      const isUnknown = error instanceof PhonegateError && error.status === 0;
      if (!isUnknown) this.#last = undefined;
      throw error;
    } finally {
      this.#host.captchaToken = undefined;
    }
  }
}
