import * as v from "valibot";
import type { Purpose } from "../contract/words.ts";
import type { EnvReader } from "../lib/env-reader.ts";

/** A backend that may start verifications. Its key itself is nowhere here. */
export interface ServiceKey {
  readonly clientId: string;
  /** Hex SHA-256 of the whole key, `sk_` included. */
  readonly sha256: string;
  readonly purposes: ReadonlySet<Purpose>;
  /** May see the guard and pull its levers. */
  readonly isAdmin: boolean;
}

const name = "SERVICE_KEYS";
/** A session is raised by its own access token, whoever asks. */
const backendPurposes = ["sign_in", "two_factor", "transaction"] as const satisfies Purpose[];
const cure =
  'must be [{"client_id":"…","sha256":"<64 hexadecimal digits>","purposes":["two_factor"]}], at most 50';
const schema = v.pipe(
  v.array(
    v.strictObject({
      client_id: v.pipe(v.string(), v.regex(/^[\w.:-]{1,100}$/)),
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
      purposes: v.pipe(v.array(v.picklist([...backendPurposes, "admin"])), v.minLength(1)),
    }),
  ),
  v.maxLength(50),
);

/** Several keys of one client are a rotation; one key of two clients is a mistake. */
export function readServiceKeys(
  reader: EnvReader,
  enabled: ReadonlySet<Purpose>,
): readonly ServiceKey[] {
  const keys = parse(reader);
  if (new Set(keys.map(({ sha256 }) => sha256)).size < keys.length)
    reader.problem(name, "has one key twice");
  const allowed = new Set(keys.flatMap((key) => [...key.purposes]));
  for (const purpose of allowed)
    if (!enabled.has(purpose))
      reader.problem(name, `allows ${purpose}, which PURPOSES does not list`);
  for (const purpose of ["two_factor", "transaction"] as const)
    if (enabled.has(purpose) && !allowed.has(purpose))
      reader.problem(name, `must list a key for ${purpose}, since PURPOSES does`);
  return keys;
}

function parse(reader: EnvReader): ServiceKey[] {
  const text = reader.text(name);
  if (text === undefined) return [];
  const outcome = v.safeParse(schema, parseJson(text));
  if (!outcome.success) {
    reader.problem(name, cure);
    return [];
  }
  return outcome.output.map(({ client_id, sha256, purposes: listed }) => ({
    clientId: client_id,
    sha256,
    purposes: new Set(listed.filter((each) => each !== "admin")),
    isAdmin: listed.includes("admin"),
  }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
