import { createHash } from "node:crypto";
import { serviceScopes, type ServiceScope } from "../contract/words.ts";
import { randomKey } from "./random-key.ts";

/** What a service key may start. `step_up` is not among them: it takes the user's own token. */
export const servicePurposes = ["sign_in", "two_factor", "transaction"] as const;
/** `admin` is a scope. Earlier versions listed it here, and scripts may still. */
const takenPurposes = [...servicePurposes, "admin"] as const;
export type ServicePurpose = (typeof takenPurposes)[number];

/** An entry of `SERVICE_KEYS`: names the key without holding it. */
export interface ServiceKeyEntry {
  readonly client_id: string;
  /** Hexadecimal SHA-256 of the whole key, `sk_` included. */
  readonly sha256: string;
  readonly purposes?: readonly ServicePurpose[];
  readonly scopes?: readonly ServiceScope[];
}

export interface NewServiceKey {
  readonly key: string;
  readonly entry: ServiceKeyEntry;
}

/** A new key of 256 random bits, and the entry that lets it in. */
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

/** The purposes of a comma list, or what is wrong with it. */
export const parsePurposes = (list: string): readonly ServicePurpose[] | string =>
  parseList("--purposes", list, takenPurposes, servicePurposes);

/** The scopes of a comma list, or what is wrong with it. */
export const parseScopes = (list: string): readonly ServiceScope[] | string =>
  parseList("--scopes", list, serviceScopes);

function parseList<Name extends string>(
  option: string,
  list: string,
  taken: readonly Name[],
  shown: readonly string[] = taken,
): readonly Name[] | string {
  const names = list.split(",").map((name) => name.trim());
  const known = names.flatMap((name) => taken.find((each) => each === name) ?? []);
  if (known.length < names.length) return `${option} must be a comma list of ${shown.join(", ")}.`;
  if (new Set(known).size < known.length) return `${option} has an entry twice.`;
  return known;
}

/** It stands in `client_id` and `aud`, and people type it. */
export function isClientId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}
