import { decodeBase64Url } from "../lib/base64url.ts";
import type { EnvReader } from "../lib/env-reader.ts";
import type { Keyring, VersionedKey } from "../lib/seal.ts";
import { importSigningKeys, type SigningKeys } from "../lib/signing-key.ts";

/** Reads the private JWKS of the setting `SIGNING_KEYS`. */
export async function readSigningKeys(reader: EnvReader): Promise<SigningKeys | undefined> {
  const text = reader.required("SIGNING_KEYS", 'must be a private JWKS, {"keys":[…]}');
  if (text === undefined) return undefined;
  const outcome = await importSigningKeys(text);
  if ("keys" in outcome) return outcome.keys;
  for (const problem of outcome.problems) reader.problem("SIGNING_KEYS", problem);
  return undefined;
}

const leastKeyBytes = 32;

/** Reads a secret key of at least 32 bytes. */
export function readKey(reader: EnvReader, name: string): Uint8Array<ArrayBuffer> | undefined {
  const cure = `must be ${leastKeyBytes} bytes or more, base64url`;
  const text = reader.required(name, cure);
  if (text === undefined) return undefined;
  return decodeKey(text) ?? reader.problem(name, cure);
}

function decodeKey(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = decodeBase64Url(text);
  if (bytes === undefined || bytes.length < leastKeyBytes) return undefined;
  // A value of only a few different bytes is a placeholder, not a key.
  return new Set(bytes).size >= 8 ? bytes : undefined;
}

/** Reads `PEPPERS`. The first pepper seals, all of them open. */
export function readPeppers(reader: EnvReader): Keyring | undefined {
  const cure =
    "must be version:key pairs, such as 2:<base64url>,1:<base64url>, the one in use first";
  if (reader.required("PEPPERS", cure) === undefined) return undefined;
  const entries = reader.list("PEPPERS");
  const peppers = entries.map(parsePepper);
  const [first, ...others] = peppers.filter((pepper) => pepper !== undefined);
  const versions = new Set(peppers.map((pepper) => pepper?.version));
  if (first === undefined || peppers.includes(undefined) || versions.size < peppers.length)
    return reader.problem("PEPPERS", cure);
  // The same key under two versions is not a rotation: a blob would open with either version byte.
  if (new Set(entries.map((entry) => entry.split(":")[1])).size < entries.length)
    return reader.problem("PEPPERS", "has one key under two versions");
  return [first, ...others];
}

function parsePepper(text: string): VersionedKey | undefined {
  const match = /^([1-9]\d{0,2}):([\w-]+)$/.exec(text);
  const bytes = decodeKey(match?.[2] ?? "");
  const version = Number(match?.[1]);
  return bytes === undefined || version > 255 ? undefined : { version, bytes };
}
