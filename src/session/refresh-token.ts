import * as v from "valibot";
import { decodeBase64Url, encodeBase64Url } from "../lib/base64url.ts";
import { constantTimeEqual } from "../lib/constant-time.ts";
import { hmac } from "../lib/derived-key.ts";
import type { Keyring, VersionedKey } from "../lib/seal.ts";

/** What a refresh token says of itself. It holds no secret that the store would have to keep. */
export interface RefreshClaims {
  readonly subject: string;
  readonly sessionId: string;
  /** Which token of its family it is, counted from 1. */
  readonly generation: number;
  readonly issuedAtMs: number;
}

const prefix = "rt_";
const maxLength = 1024;
const macBytes = 32;
const label = "refresh-token";
const wholeNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const claimsSchema = v.strictTuple([v.string(), v.string(), wholeNumber, wholeNumber]);

/**
 * `rt_` and base64url of: a pepper's version, an HMAC-SHA-256, and subject, session, generation and
 * issue time as JSON. The same claims give the same token, so a successor can be told twice.
 */
export function makeRefreshToken(claims: RefreshClaims, peppers: Keyring): Promise<string> {
  const { subject, sessionId, generation, issuedAtMs } = claims;
  return tokenOf(JSON.stringify([subject, sessionId, generation, issuedAtMs]), peppers[0]);
}

async function tokenOf(text: string, pepper: VersionedKey): Promise<string> {
  const mac = await hmac(pepper.bytes, label, text);
  const body = new TextEncoder().encode(text);
  const bytes = new Uint8Array(1 + macBytes + body.length);
  bytes[0] = pepper.version;
  bytes.set(mac, 1);
  bytes.set(body, 1 + macBytes);
  return prefix + encodeBase64Url(bytes);
}

/** The claims, or undefined for whatever is not a token of ours; no store is asked. */
export async function openRefreshToken(
  token: string,
  peppers: Keyring,
): Promise<RefreshClaims | undefined> {
  if (!token.startsWith(prefix) || token.length > maxLength) return undefined;
  const bytes = decodeBase64Url(token.slice(prefix.length));
  const pepper = peppers.find(({ version }) => version === bytes?.[0]);
  if (bytes === undefined || pepper === undefined) return undefined;
  const text = new TextDecoder().decode(bytes.subarray(1 + macBytes));
  // The whole token, not the HMAC alone: several bytes decode to one text (a byte order mark is
  // dropped, whatever is no UTF-8 becomes U+FFFD), and one token has one spelling.
  if (!constantTimeEqual(token, await tokenOf(text, pepper))) return undefined;
  const outcome = v.safeParse(claimsSchema, JSON.parse(text));
  if (!outcome.success) return undefined;
  const [subject, sessionId, generation, issuedAtMs] = outcome.output;
  return { subject, sessionId, generation, issuedAtMs };
}
