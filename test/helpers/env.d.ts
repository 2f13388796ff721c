declare namespace Cloudflare {
  /** The bindings of `wrangler.toml` that tests take from `cloudflare:workers`. */
  interface Env {
    LIMITS: KVNamespace;
    PHONE_LEDGER: DurableObjectNamespace<import("../../src/index.ts").PhoneLedger>;
    SEND_BUDGET: DurableObjectNamespace<import("../../src/index.ts").SendBudget>;
  }
}
