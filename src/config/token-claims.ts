import type { EnvReader } from "../lib/env-reader.ts";

/** Additional claims by name, as plain JSON. */
export type ExtraClaims = Readonly<Record<string, unknown>>;

/** What the operator adds to all access tokens. */
export interface TokenClaims {
  /** Whether tokens contain `phone_number` and `phone_number_verified`. */
  readonly phoneNumber: boolean;
  readonly constant: ExtraClaims;
}

/**
 * Backends accept tokens of at most 8 KiB, and many proxies accept headers of at most 8 KiB in
 * total.
 */
export const maxExtraClaimsBytes = 1024;

/**
 * RFC 7519 §4.1, RFC 9068 §2.2, RFC 8693 §4, RFC 7800, OpenID Connect Core §2 and §3.3, and our
 * own.
 */
const reserved: ReadonlySet<string> = new Set(
  [
    "iss sub aud exp nbf iat jti",
    "client_id sid auth_time amr acr scope",
    "azp nonce at_hash c_hash s_hash sub_jwk cnf act may_act",
    "phone_number phone_number_verified test purpose txn",
    // Assigning this name would change an object's prototype.
    "__proto__",
  ].flatMap((names) => names.split(" ")),
);

export type ExtraClaimsOutcome =
  | { readonly kind: "claims"; readonly claims: ExtraClaims }
  /** `cure` continues a sentence that begins with the setting's name: "must …". It repeats no value. */
  | { readonly kind: "refused"; readonly cure: string };

/**
 * Validates additional claims: an object of at most 1 KiB without reserved claim names. The same rule
 * applies to settings and to a hook's answer.
 *
 * @param value parsed JSON.
 */
export function parseExtraClaims(value: unknown): ExtraClaimsOutcome {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return refused('must be a JSON object of claims, such as {"role":"authenticated"}');
  const claims: ExtraClaims = { ...value };
  const clashes = Object.keys(claims).filter((name) => reserved.has(name));
  if (clashes.length > 0)
    return refused(`must not name ${clashes.join(", ")}, which only Phonegate sets`);
  if (new TextEncoder().encode(JSON.stringify(claims)).length > maxExtraClaimsBytes)
    return refused(`must have at most ${maxExtraClaimsBytes} bytes`);
  return { kind: "claims", claims };
}

const refused = (cure: string): ExtraClaimsOutcome => ({ kind: "refused", cure });

/** Reads `TOKEN_CLAIMS` and `TOKEN_EXTRA_CLAIMS`. */
export function readTokenClaims(reader: EnvReader): TokenClaims {
  const listed = reader.list("TOKEN_CLAIMS");
  const isWrong = listed.map((name) => name !== "phone_number");
  reader.wrongEntries("TOKEN_CLAIMS", isWrong, "must be phone_number");
  return { phoneNumber: listed.includes("phone_number"), constant: readConstant(reader) };
}

function readConstant(reader: EnvReader): ExtraClaims {
  const name = "TOKEN_EXTRA_CLAIMS";
  const text = reader.text(name);
  if (text === undefined) return {};
  const outcome = parseExtraClaims(parseJson(text));
  if (outcome.kind === "claims") return outcome.claims;
  reader.problem(name, outcome.cure);
  return {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
