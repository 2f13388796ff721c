import type { Phonegate } from "../../phonegate.ts";
import type { FrontendConfig } from "../../wire.ts";

/** What the Worker has told about itself, once a client. */
export class KnownConfig {
  value: FrontendConfig | undefined;
  #client: Phonegate | undefined;

  /** Rejects as `client.config` does. */
  async load(client: Phonegate, signal: AbortSignal): Promise<void> {
    if (this.#client === client) return;
    this.value = await client.config({ signal });
    this.#client = client;
  }
}
