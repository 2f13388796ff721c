import type { ServiceScope } from "../contract/words.ts";
import type { ServiceKeyEntry } from "./service-key.ts";

/**
 * Cloudflare never shows a secret again, so the operator must keep a list to be able to extend it.
 */
const lists = (name: string): string =>
  `${name} is one secret with the whole list. Cloudflare does not show it again:
start from your own copy of the list. Set it with:  npx wrangler secret put ${name}
On a laptop it is one line of .dev.vars.`;

export function serviceKeyText(key: string, entry: ServiceKeyEntry): string {
  return `A service key for ${entry.client_id}. It is shown only now and stored nowhere:

  ${key}

Store it in the secrets of that backend. The backend sends it with each call:
  Authorization: Bearer sk_…
Never give it to a browser or an app: ${dangerOf(entry)}.

Add its entry, which holds only a hash, to the list SERVICE_KEYS:

  ${JSON.stringify(entry)}

The list:  SERVICE_KEYS=[<entry>,<entry>]
One secret holds 5 KB, about 25 entries. The list continues in SERVICE_KEYS_2, up to SERVICE_KEYS_9.
${purposesNote(entry)}${lists("SERVICE_KEYS")}

To rotate:
  1. Generate a new key for the same client id, and add its entry after the old one. Both are valid.
  2. Give the new key to the backend.
  3. Remove the old entry. If the old key has leaked, do this step first.
`;
}

/** The permissions of a key's holder. */
const dangers: Readonly<Record<ServiceScope, string>> = {
  introspect: "read the user and the phone number of a token",
  subjects: "look up users by number and numbers by user",
  twilio: "send codes that you pay for, through Twilio's API",
  deliveries: "deliver other systems' codes, which you pay for",
  "admin:read": "read the guard's state",
  admin: "override the guard and end sessions",
};

function dangerOf({ purposes = [], scopes = [] }: ServiceKeyEntry): string {
  const isStarter = purposes.some((purpose) => purpose !== "admin");
  const held = new Set<ServiceScope>(purposes.includes("admin") ? [...scopes, "admin"] : scopes);
  const all = [
    ...(isStarter ? ["start verifications that you pay for"] : []),
    ...[...held].map((scope) => dangers[scope]),
  ];
  return `its holder may ${all.join(", and ")}`;
}

/**
 * `admin` is not a purpose of a code. In PURPOSES it would be an invalid value, and every route
 * would fail.
 */
function purposesNote({ purposes = [] }: ServiceKeyEntry): string {
  const listed = purposes.filter((purpose) => purpose !== "admin");
  if (listed.length === 0) return "";
  return `PURPOSES (deployment.vars, or .dev.vars on a laptop) must list ${listed.join(", ")} too.\n`;
}

export function signingKeyText(jwk: Readonly<Record<string, unknown>>): string {
  return `A private ${String(jwk.alg)} signing key. It is shown only now and stored nowhere:

  ${JSON.stringify(jwk)}

Add it to the list SIGNING_KEYS. The first key signs tokens, and the public part of each is published:

  SIGNING_KEYS={"keys":[<key>,<key>]}

${lists("SIGNING_KEYS")}

To rotate without signing any user out:
  1. Append the new key at the end, and set the list. It is published but does not sign yet.
  2. Wait for five minutes: verifiers may cache the old JWKS for this long.
  3. Move the new key to the front, and set the list. It signs now.
  4. Wait for the lifetime of an access token (ACCESS_TTL, ten minutes unless you changed it; a
     proof lives for five), then remove the old key.
If the old key has leaked, set a list with only the new key. Verifiers then refuse the old tokens within
ten minutes, and their users refresh.
`;
}

export function pepperText(version: number, pepper: string): string {
  return `A pepper of version ${version}. It is shown only now and stored nowhere:

  ${version}:${pepper}

Append it to the list PEPPERS. The first pepper encrypts and signs, and all of them decrypt and verify:

  PEPPERS=${version > 1 ? `${version - 1}:<the previous one>,` : ""}${version}:<this one>

${lists("PEPPERS")}

To rotate without signing any user out:
  1. Append the new pepper at the end, with a version that no other pepper has, and set the list.
  2. Wait for a minute, until every location has it. It decrypts but does not encrypt yet.
  3. Move it to the front, and set the list. It encrypts now.
  4. Keep the old peppers: refresh tokens, device tokens and stored numbers depend on them. If a pepper
  is removed, users whose tokens depend on it must sign in again.
`;
}

export function webhookSecretText(secret: string): string {
  return `A secret of Standard Webhooks. It is printed once and is not stored:

  ${secret}

Phonegate signs events with it (docs/webhooks.md), and your receiver verifies with it:

  npx wrangler secret put EVENTS_SECRET

On a laptop it stands in .dev.vars, on one line. The receiver's own secrets need it too.

To rotate:
  1. Put both, joined by a space, the new one first: each event has two signatures.
  2. Give the new one to the receiver.
  3. Put the new one alone. If the old one has leaked, do that first.
`;
}

export const usage = `Generates a key and explains where to store it. Writes nothing.

  npm run keys -- service --client-id my-backend --purposes two_factor,transaction
  npm run keys -- service --client-id reports --scopes introspect,subjects
  npm run keys -- service --client-id operator --scopes admin
  npm run keys -- signing --algorithm ES256
  npm run keys -- --alg RS256
  npm run keys -- pepper --version 2
  npm run keys -- webhook

A signing key uses ES256, EdDSA or RS256 (2048 bits). --alg is short for signing --algorithm.
`;
