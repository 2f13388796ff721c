import type { Context } from "hono";
import type { Config, ConfigOutcome } from "../config.ts";
import type { SendBudgetObject } from "../guard/budget-object.ts";
import type { FloodGate } from "../guard/flood.ts";
import type { AddressRefusal } from "../guard/kv-windows.ts";
import type { RememberedRefusals } from "../guard/remembered-refusals.ts";
import type { MetricsDataset } from "../metrics.ts";
import type { Runtime } from "../runtime.ts";
import type { ProviderHealth } from "../twilio/client.ts";
import type { SubjectSessionsObject } from "../session/sessions-object.ts";
import type { PhoneLedgerObject } from "../ledger/object.ts";

/** The bindings of `wrangler.toml`. Only `config.ts` reads the settings. */
export interface Bindings extends Readonly<Record<string, unknown>> {
  /** The files that `npm run build` makes. */
  readonly ASSETS: Fetcher;
  readonly LIMITS: KVNamespace;
  readonly PHONE_LEDGER: DurableObjectNamespace<PhoneLedgerObject>;
  readonly SEND_BUDGET: DurableObjectNamespace<SendBudgetObject>;
  /** Cloudflare's rate limiting of starts; optional. */
  readonly FLOOD?: FloodGate;
  /** Cloudflare's rate limiting of requests that name a verification; optional. */
  readonly FLOOD_BY_ID?: FloodGate;
  /** Workers Analytics Engine; optional. */
  readonly METRICS?: MetricsDataset;
  readonly SUBJECT_SESSIONS: DurableObjectNamespace<SubjectSessionsObject>;
}

/** What the middleware puts into Hono's context before a handler runs. */
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
    addressRefusals: RememberedRefusals<AddressRefusal>;
    /** The countries whose callers must pass a captcha now, or all callers. */
    challenged: RememberedRefusals<true>;
  };
}

/** The context of a request of this app. */
export type AppContext = Context<AppEnv>;
