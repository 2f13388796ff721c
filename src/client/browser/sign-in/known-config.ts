import type { Phonegate } from "../../phonegate.ts";
import type { FrontendConfig } from "../../wire.ts";

/** The Worker's configuration, fetched once for each client. */
export class KnownConfig {
  value: FrontendConfig | undefined;
  #client: Phonegate | undefined;

  /** Fetches the configuration if needed. Rejects as `client.config` does. */
  async load(client: Phonegate, signal: AbortSignal): Promise<void> {
    if (this.#client === client) return;
    this.value = await client.config({ signal });
    this.#client = client;
  }
}
