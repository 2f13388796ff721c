import * as v from "valibot";
import { signingAlgorithms } from "../lib/signing-key-parts.ts";

/** The answer to `GET /healthz`. `problems` name wrong settings, without their values. */
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
      kty: v.picklist(["EC", "OKP", "RSA"]),
      /** Only for ES256 and EdDSA. */
      crv: v.optional(v.picklist(["P-256", "Ed25519"])),
      x: v.optional(v.string()),
      /** Only for ES256. */
      y: v.optional(v.string()),
      /** Only for RS256. */
      n: v.optional(v.string()),
      e: v.optional(v.string()),
      kid: v.string(),
      alg: v.picklist(signingAlgorithms),
      use: v.literal("sig"),
    }),
  ),
});

/**
 * The answer to `GET /.well-known/oauth-authorization-server` (RFC 8414) and to
 * `GET /.well-known/openid-configuration`.
 */
export const serverMetadata = v.strictObject({
  issuer: v.string(),
  jwks_uri: v.string(),
  response_types_supported: v.array(v.string()),
  grant_types_supported: v.array(v.string()),
  subject_types_supported: v.array(v.literal("public")),
  id_token_signing_alg_values_supported: v.array(v.picklist(signingAlgorithms)),
  acr_values_supported: v.array(v.picklist(["aal1", "aal2"])),
  /** Where a service key may introspect tokens. */
  introspection_endpoint: v.optional(v.string()),
  introspection_endpoint_auth_methods_supported: v.optional(
    v.array(v.literal("client_secret_basic")),
  ),
  service_documentation: v.string(),
});
export type ServerMetadata = v.InferOutput<typeof serverMetadata>;
