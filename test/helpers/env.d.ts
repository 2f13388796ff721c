import type { PhoneLedger, SendBudget, SubjectSessions } from "../../src/index.ts";

declare global {
  namespace Cloudflare {
    /** The bindings of `wrangler.toml` that tests import from `cloudflare:workers`. */
    interface Env {
      ASSETS: Fetcher;
      LIMITS: KVNamespace;
      PHONE_LEDGER: DurableObjectNamespace<PhoneLedger>;
      SEND_BUDGET: DurableObjectNamespace<SendBudget>;
      SUBJECT_SESSIONS: DurableObjectNamespace<SubjectSessions>;
    }
  }
}
