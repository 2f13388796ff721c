import { createHash } from "node:crypto";
import { serviceScopes, type ServiceScope } from "../contract/words.ts";
import { randomKey } from "./random-key.ts";

/**
 * The purposes that a service key may start. `step_up` is not among them, because it needs the
 * user's own token.
 */
export const servicePurposes = ["sign_in", "two_factor", "transaction"] as const;
/**
 * Also accepts `admin`, which is a scope now. Earlier versions listed it as a purpose, and scripts
 * may still use it.
 */
const acceptedPurposes = [...servicePurposes, "admin"] as const;
export type ServicePurpose = (typeof acceptedPurposes)[number];

/** An entry of `SERVICE_KEYS`. It identifies the key by its hash. */
export interface ServiceKeyEntry {
  readonly client_id: string;
  /** Hexadecimal SHA-256 of the whole key, including `sk_`. */
  readonly sha256: string;
  readonly purposes?: readonly ServicePurpose[];
  readonly scopes?: readonly ServiceScope[];
}

export interface NewServiceKey {
  readonly key: string;
  readonly entry: ServiceKeyEntry;
}

/** Generates a key of 256 random bits and its entry for `SERVICE_KEYS`. */
export function createServiceKey(
  clientId: string,
  purposes: readonly ServicePurpose[],
  scopes: readonly ServiceScope[] = [],
): NewServiceKey {
  const key = `sk_${randomKey()}`;
  const sha256 = createHash("sha256").update(key).digest("hex");
  const entry = {
    client_id: clientId,
    sha256,
    ...(purposes.length > 0 && { purposes }),
    ...(scopes.length > 0 && { scopes }),
  };
  return { key, entry };
}

/** Parses a comma-separated list of purposes. Returns a sentence if it is wrong. */
export const parsePurposes = (list: string): readonly ServicePurpose[] | string =>
  parseList("--purposes", list, acceptedPurposes, servicePurposes);

/** Parses a comma-separated list of scopes. Returns a sentence if it is wrong. */
export const parseScopes = (list: string): readonly ServiceScope[] | string =>
  parseList("--scopes", list, serviceScopes);

function parseList<Name extends string>(
  option: string,
  list: string,
  accepted: readonly Name[],
  shown: readonly string[] = accepted,
): readonly Name[] | string {
  const names = list.split(",").map((name) => name.trim());
  const known = names.flatMap((name) => accepted.find((each) => each === name) ?? []);
  if (known.length < names.length)
    return `${option} must be a comma-separated list of ${shown.join(", ")}.`;
  if (new Set(known).size < known.length) return `${option} has an entry twice.`;
  return known;
}

/**
 * Whether the text is a valid client id. Tokens contain it in `client_id` and `aud`, and operators
 * type it.
 */
export function isClientId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}
