declare namespace Cloudflare {
  /** The bindings of `wrangler.toml` that tests take from `cloudflare:workers`. */
  interface Env {
    LIMITS: KVNamespace;
  }
}
