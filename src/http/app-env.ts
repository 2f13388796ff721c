import type { Config, ConfigOutcome } from "../config.ts";
import type { Runtime } from "../lib/runtime.ts";
import type { ProviderHealth } from "../twilio/client.ts";

/** The bindings of `wrangler.toml`; the settings beside them are read by `config.ts` alone. */
export interface Bindings extends Readonly<Record<string, unknown>> {
  readonly LIMITS: KVNamespace;
}

/** What middleware has put into Hono's context by the time a handler runs. */
export interface AppEnv {
  Bindings: Bindings;
  Variables: {
    requestId: string;
    /** The Worker's own origin, for links. */
    origin: string;
    runtime: Runtime;
    configOutcome: ConfigOutcome;
    config: Config;
    providerHealth: ProviderHealth;
  };
}
