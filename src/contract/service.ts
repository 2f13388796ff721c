import * as v from "valibot";

/** The answer to `GET /healthz`: names of what is wrong, never values. */
export const healthReport = v.strictObject({
  ok: v.boolean(),
  problems: v.array(v.string()),
  version: v.string(),
  commit: v.string(),
});

/** The answer to `GET /.well-known/jwks.json` (RFC 7517 §5). */
export const publicKeys = v.strictObject({
  keys: v.array(
    v.strictObject({
      kty: v.picklist(["EC", "OKP"]),
      crv: v.picklist(["P-256", "Ed25519"]),
      x: v.string(),
      /** Curve P-256 alone. */
      y: v.optional(v.string()),
      kid: v.string(),
      alg: v.picklist(["ES256", "EdDSA"]),
      use: v.literal("sig"),
    }),
  ),
});
