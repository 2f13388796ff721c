import type { ServiceScope } from "../contract/words.ts";
import type { ServiceKeyEntry } from "./service-key.ts";

/** Cloudflare never shows a secret again: whoever wants to add to one must have kept it. */
const lists = (name: string): string =>
  `${name} is one secret with the whole list in it, and Cloudflare does not show it again:
start from the list that you keep. Put it with:  npx wrangler secret put ${name}
On a laptop it stands in .dev.vars, on one line.`;

export function serviceKeyText(key: string, entry: ServiceKeyEntry): string {
  return `A service key for ${entry.client_id}. It is shown this once and stored nowhere:

  ${key}

It goes to that backend's own secrets, and from there into each of its calls:
  Authorization: Bearer sk_…
Never to a browser or an app: ${dangerOf(entry)}.

Its entry, which holds only a hash, goes into the list SERVICE_KEYS:

  ${JSON.stringify(entry)}

The list:  SERVICE_KEYS=[<entry>,<entry>]
One secret holds 5 KB, some 25 entries. The list goes on in SERVICE_KEYS_2, up to SERVICE_KEYS_9.
${purposesNote(entry)}${lists("SERVICE_KEYS")}

To rotate:
  1. Make a new key for the same client id, and add its entry beside the old one: both are good.
  2. Give the new key to the backend.
  3. Remove the old entry. If the old key has leaked, do that first.
`;
}

/** What the holder of a key may do. */
const dangers: Readonly<Record<ServiceScope, string>> = {
  introspect: "ask who holds a token, with the phone number",
  subjects: "look up users by number and numbers by user",
  twilio: "send codes at your cost by Twilio's wire",
  deliveries: "have codes of other systems delivered at your cost",
  "admin:read": "see what the guard sees",
  admin: "pull the guard's levers and end sessions",
};

function dangerOf({ purposes = [], scopes = [] }: ServiceKeyEntry): string {
  const isStarter = purposes.some((purpose) => purpose !== "admin");
  const held = new Set<ServiceScope>(purposes.includes("admin") ? [...scopes, "admin"] : scopes);
  const all = [
    ...(isStarter ? ["start verifications at your cost"] : []),
    ...[...held].map((scope) => dangers[scope]),
  ];
  return `its holder may ${all.join(", and ")}`;
}

/** `admin` is no purpose of a code: in PURPOSES it would close every route. */
function purposesNote({ purposes = [] }: ServiceKeyEntry): string {
  const listed = purposes.filter((purpose) => purpose !== "admin");
  if (listed.length === 0) return "";
  return `PURPOSES (deployment.vars, or .dev.vars on a laptop) must list ${listed.join(", ")} as well.\n`;
}

export function signingKeyText(jwk: Readonly<Record<string, unknown>>): string {
  return `A private ${String(jwk.alg)} signing key. It is shown this once and stored nowhere:

  ${JSON.stringify(jwk)}

It goes into the list SIGNING_KEYS, whose first key signs and whose every key is published:

  SIGNING_KEYS={"keys":[<key>,<key>]}

${lists("SIGNING_KEYS")}

To rotate, without signing anybody out:
  1. Append the new key at the end, and put the list. It is published, but does not sign yet.
  2. Wait for five minutes: so long may verifiers go on with the JWKS that they have.
  3. Move the new key to the front, and put the list. It signs now.
  4. Wait for as long as an access token lives (ACCESS_TTL, ten minutes unless you changed it; a
     proof lives for five), then remove the old key.
If the old key has leaked, put the new one alone: the old one's tokens end as caches do, within ten
minutes, and their users refresh.
`;
}

export function pepperText(version: number, pepper: string): string {
  return `A pepper of version ${version}. It is shown this once and stored nowhere:

  ${version}:${pepper}

It goes to the end of the list PEPPERS, which seals and signs with its first and reads with all:

  PEPPERS=${version > 1 ? `${version - 1}:<the one before>,` : ""}${version}:<this one>

${lists("PEPPERS")}

To rotate, without signing anybody out:
  1. Append the new pepper at the end, with a version that none of the others has, and put the list.
  2. Wait for a minute, until every location has it: it is read, but seals nothing yet.
  3. Move it to the front, and put the list. It seals now.
  4. Leave the old ones: refresh tokens, device tokens and numbers at rest were made under them. Who
     comes with something whose pepper is gone has to sign in anew.
`;
}

export const usage = `Makes a key and says where it goes. Nothing is written anywhere.

  npm run keys -- service --client-id my-backend --purposes two_factor,transaction
  npm run keys -- service --client-id reports --scopes introspect,subjects
  npm run keys -- service --client-id operator --scopes admin
  npm run keys -- signing --algorithm ES256
  npm run keys -- --alg RS256
  npm run keys -- pepper --version 2

A signing key is of ES256, EdDSA or RS256 (2048 bits). --alg is short for signing --algorithm.
`;
