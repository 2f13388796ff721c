import * as v from "valibot";
import { serviceScopes, type Purpose, type ServiceScope } from "../contract/words.ts";
import type { EnvReader } from "../lib/env-reader.ts";
import { serviceKeyNames } from "./secret-names.ts";

/** A backend's key and what it allows. The key itself is not stored, only its hash. */
export interface ServiceKey {
  readonly clientId: string;
  /** Hex SHA-256 of the whole key, `sk_` included. */
  readonly sha256: string;
  readonly purposes: ReadonlySet<Purpose>;
  readonly scopes: ReadonlySet<ServiceScope>;
}

/** `step_up` is missing, because a step-up needs the session's access token instead of a key. */
const backendPurposes = ["sign_in", "two_factor", "transaction"] as const satisfies Purpose[];
const cure =
  'must be [{"client_id":"…","sha256":"<64 hexadecimal digits>","purposes":["two_factor"],"scopes":["introspect"]}], at most 50, each with purposes, scopes or both';
const entry = v.pipe(
  v.strictObject({
    client_id: v.pipe(v.string(), v.regex(/^[\w.:-]{1,100}$/)),
    sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    // Earlier versions listed `admin` among the purposes.
    purposes: v.optional(v.array(v.picklist([...backendPurposes, "admin"])), []),
    scopes: v.optional(v.array(v.picklist(serviceScopes)), []),
  }),
  v.check(({ purposes, scopes }) => purposes.length + scopes.length > 0),
);
const schema = v.pipe(v.array(entry), v.maxLength(50));

/**
 * Reads `SERVICE_KEYS` and `SERVICE_KEYS_2` to `_9`. A client may have several keys, for a
 * rotation.
 */
export function readServiceKeys(
  reader: EnvReader,
  enabled: ReadonlySet<Purpose>,
): readonly ServiceKey[] {
  const keys: ServiceKey[] = [];
  for (const name of serviceKeyNames) {
    const listed = parse(reader, name);
    const before = new Set(keys.map(({ sha256 }) => sha256));
    const all = new Set([...before, ...listed.map(({ sha256 }) => sha256)]);
    if (all.size < before.size + listed.length) reader.problem(name, "has one key twice");
    keys.push(...listed);
    refuseOtherPurposes(reader, name, listed, enabled);
  }
  const allowed = new Set(keys.flatMap((key) => [...key.purposes]));
  for (const purpose of ["two_factor", "transaction"] as const)
    if (enabled.has(purpose) && !allowed.has(purpose))
      reader.problem(serviceKeyNames[0], `must list a key for ${purpose}, since PURPOSES does`);
  return keys;
}

function refuseOtherPurposes(
  reader: EnvReader,
  name: string,
  keys: readonly ServiceKey[],
  enabled: ReadonlySet<Purpose>,
): void {
  for (const purpose of new Set(keys.flatMap((key) => [...key.purposes])))
    if (!enabled.has(purpose))
      reader.problem(name, `allows ${purpose}, which PURPOSES does not list`);
}

function parse(reader: EnvReader, name: string): ServiceKey[] {
  const text = reader.text(name);
  if (text === undefined) return [];
  const outcome = v.safeParse(schema, parseJson(text));
  if (!outcome.success) {
    reader.problem(name, cure);
    return [];
  }
  return outcome.output.map(({ client_id, sha256, purposes: listed, scopes }) => ({
    clientId: client_id,
    sha256,
    purposes: new Set(listed.filter((each) => each !== "admin")),
    scopes: scopesOf(scopes, listed.includes("admin")),
  }));
}

/** Adds the scopes that a scope includes: `admin` includes `admin:read`. */
function scopesOf(listed: readonly ServiceScope[], isAdmin: boolean): ReadonlySet<ServiceScope> {
  const scopes = new Set<ServiceScope>(listed);
  if (isAdmin) scopes.add("admin");
  if (scopes.has("admin")) scopes.add("admin:read");
  return scopes;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
