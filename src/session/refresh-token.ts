import * as v from "valibot";
import { decodeBase64Url, encodeBase64Url } from "../lib/base64url.ts";
import { constantTimeEqual } from "../lib/constant-time.ts";
import { hmac } from "../lib/derived-key.ts";
import type { Keyring, VersionedKey } from "../lib/seal.ts";

/** The content of a refresh token. The store keeps no secret for it. */
export interface RefreshClaims {
  readonly subject: string;
  readonly sessionId: string;
  /** The number of the token within its family, from 1. */
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
 * Returns `rt_` and base64url of the pepper's version, an HMAC-SHA-256, and the claims as JSON. The same
 * claims always give the same token, so that a retried refresh gets the same successor.
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

/** Returns the claims, or undefined if we did not make the token. Reads no store. */
export async function openRefreshToken(
  token: string,
  peppers: Keyring,
): Promise<RefreshClaims | undefined> {
  if (!token.startsWith(prefix) || token.length > maxLength) return undefined;
  const bytes = decodeBase64Url(token.slice(prefix.length));
  const pepper = peppers.find(({ version }) => version === bytes?.[0]);
  if (bytes === undefined || pepper === undefined) return undefined;
  const text = new TextDecoder().decode(bytes.subarray(1 + macBytes));
  // The whole token is compared, not only the HMAC, so that a token has exactly one spelling: several
  // byte sequences decode to one text (a byte order mark is dropped, invalid UTF-8 becomes U+FFFD).
  if (!constantTimeEqual(token, await tokenOf(text, pepper))) return undefined;
  const outcome = v.safeParse(claimsSchema, JSON.parse(text));
  if (!outcome.success) return undefined;
  const [subject, sessionId, generation, issuedAtMs] = outcome.output;
  return { subject, sessionId, generation, issuedAtMs };
}
