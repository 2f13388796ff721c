import * as v from "valibot";
import type { Config } from "../config.ts";
import { channels, purposes } from "../contract.ts";
import { decodeBase64Url, encodeBase64Url } from "../lib/base64url.ts";
import { hmac } from "../lib/derived-key.ts";
import { seal, unseal } from "../lib/seal.ts";

/** What the id carries: nobody but us can read, change or make one. */
const claimsSchema = v.strictObject({
  /** Names the object that will own the number's strict state. */
  ledger: v.string(),
  /** 128 random bits, base64url: two verifications never have one id. */
  nonce: v.string(),
  to: v.string(),
  channel: v.picklist(channels),
  purpose: v.picklist(purposes),
  /** Twilio's sid of the verification. */
  reference: v.string(),
  expiresAtMs: v.number(),
});
export type VerificationClaims = v.InferOutput<typeof claimsSchema>;

const prefix = "vrf_";
const label = "verification-id";
const maxLength = 1024;

type Keys = Pick<Config, "peppers" | "subjectKey">;

/** A new id: `vrf_` and base64url of a pepper's version and the sealed claims. */
export async function sealVerificationId(
  claims: Omit<VerificationClaims, "ledger" | "nonce">,
  keys: Keys,
): Promise<string> {
  const ledger = encodeBase64Url(await hmac(keys.subjectKey, "ledger-name", claims.to));
  const nonce = encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)));
  const text = JSON.stringify({ ...claims, ledger, nonce } satisfies VerificationClaims);
  const blob = await seal(keys.peppers, label, text);
  return prefix + encodeBase64Url(blob);
}

/** The claims, or undefined for whatever is not an id of ours; no store is asked. */
export async function openVerificationId(
  id: string,
  keys: Keys,
): Promise<VerificationClaims | undefined> {
  if (!id.startsWith(prefix) || id.length > maxLength) return undefined;
  const blob = decodeBase64Url(id.slice(prefix.length));
  const opened = blob && (await unseal(keys.peppers, label, blob));
  if (opened === undefined) return undefined;
  return v.parse(claimsSchema, JSON.parse(opened));
}
