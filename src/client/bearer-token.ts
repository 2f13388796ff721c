import { TokenError } from "./token-error.ts";

/** As much of a request as says who sends it. */
export interface Credentials {
  /** `Authorization`, several joined by commas (RFC 9110 §5.3). */
  readonly authorization: string | null | undefined;
  /** Whole or from the path on. */
  readonly url: string;
}

/**
 * The token of `Authorization: Bearer …` (RFC 6750 §2.1). Another scheme is no credential of ours:
 * `missing`, as RFC 6750 §3.1 says of it. A token in the query is never taken, and beside one in
 * the header it is `several_credentials` (§2: not more than one method). The body is not looked at.
 */
export function readBearerToken({ authorization, url }: Credentials): string {
  const value = authorization ?? "";
  if (/,\s*bearer\s/i.test(value)) throw new TokenError("several_credentials");
  if (!/^bearer(\s|$)/i.test(value)) throw new TokenError("missing");
  // b64token (RFC 6750 §2.1).
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(value)?.[1];
  if (token === undefined) throw new TokenError("malformed_credentials");
  const [, query = ""] = /^[^?#]*\?([^#]*)/.exec(url) ?? [];
  if (new URLSearchParams(query).has("access_token")) throw new TokenError("several_credentials");
  return token;
}
