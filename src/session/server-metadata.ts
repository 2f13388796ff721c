import type { ServerMetadata } from "../contract/service.ts";
import type { SigningKeys } from "../lib/signing-key.ts";

/**
 * Authorization server metadata (RFC 8414 §2, OpenID Connect Discovery 1.0 §3): what a client needs to
 * verify our tokens. It names the endpoints that exist and no others. `issuer` is an origin.
 */
export function serverMetadata(issuer: string, signingKeys: SigningKeys): ServerMetadata {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    // There is no authorization endpoint. Left out, `grant_types_supported` would mean
    // `authorization_code` and `implicit`, and the other is a required member.
    response_types_supported: [],
    grant_types_supported: [],
    subject_types_supported: ["public"],
    // Libraries take the algorithms of access tokens from here too.
    id_token_signing_alg_values_supported: [
      ...new Set(signingKeys.map(({ algorithm }) => algorithm)),
    ],
    // RFC 9470 §7.
    acr_values_supported: ["aal1", "aal2"],
    service_documentation: `${issuer}/docs`,
  };
}
