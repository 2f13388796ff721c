import type { ServerMetadata } from "../contract/service.ts";
import type { SigningKeys } from "../lib/signing-key.ts";

/**
 * Returns the authorization server metadata (RFC 8414 §2, OpenID Connect Discovery 1.0 §3), with which
 * clients verify our tokens. It names only endpoints that exist. `issuer` is an origin.
 */
export function serverMetadata(
  issuer: string,
  signingKeys: SigningKeys,
  { hasIntrospection }: { readonly hasIntrospection: boolean },
): ServerMetadata {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    // There is no authorization endpoint. `response_types_supported` is a required member. A missing
    // `grant_types_supported` would mean `authorization_code` and `implicit`.
    response_types_supported: [],
    grant_types_supported: [],
    subject_types_supported: ["public"],
    // Libraries also read the algorithms of access tokens from this member.
    id_token_signing_alg_values_supported: [
      ...new Set(signingKeys.map(({ algorithm }) => algorithm)),
    ],
    // RFC 9470 §7.
    acr_values_supported: ["aal1", "aal2"],
    ...(hasIntrospection && {
      introspection_endpoint: `${issuer}/v1/introspect`,
      introspection_endpoint_auth_methods_supported: ["client_secret_basic" as const],
    }),
    service_documentation: `${issuer}/docs`,
  };
}
