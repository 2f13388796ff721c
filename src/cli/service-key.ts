import { createHash } from "node:crypto";
import { randomKey } from "./random-key.ts";

/**
 * What a service key may start, and `admin`: to see the guard and pull its levers. `step_up` is not
 * among them: it takes the user's own token.
 */
export const servicePurposes = ["sign_in", "two_factor", "transaction", "admin"] as const;
export type ServicePurpose = (typeof servicePurposes)[number];

/** An entry of `SERVICE_KEYS`: names the key without holding it. */
export interface ServiceKeyEntry {
  readonly client_id: string;
  /** Hexadecimal SHA-256 of the whole key, `sk_` included. */
  readonly sha256: string;
  readonly purposes: readonly ServicePurpose[];
}

export interface NewServiceKey {
  readonly key: string;
  readonly entry: ServiceKeyEntry;
}

/** A new key of 256 random bits, and the entry that lets it in. */
export function createServiceKey(
  clientId: string,
  purposes: readonly ServicePurpose[],
): NewServiceKey {
  const key = `sk_${randomKey()}`;
  const sha256 = createHash("sha256").update(key).digest("hex");
  return { key, entry: { client_id: clientId, sha256, purposes } };
}

/** The purposes of a comma list, or what is wrong with it. */
export function parsePurposes(list: string): readonly ServicePurpose[] | string {
  const names = list.split(",").map((name) => name.trim());
  const purposes = names.map((name) => servicePurposes.find((purpose) => purpose === name));
  const known = purposes.filter((purpose) => purpose !== undefined);
  if (known.length < names.length)
    return `--purposes must be a comma list of ${servicePurposes.join(", ")}.`;
  if (new Set(known).size < known.length) return "--purposes has a purpose twice.";
  return known;
}

/** It stands in `client_id` and `aud`, and people type it. */
export function isClientId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}
