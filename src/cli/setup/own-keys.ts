import type { Purpose } from "../../contract/words.ts";
import { setEnvLines } from "../env-lines.ts";
import { createFreshKeys } from "../keys.ts";
import { ownKeyNames } from "../../config/secret-names.ts";
import { createServiceKey, servicePurposes } from "../service-key.ts";

/** Keys that a set-up needs and that are nowhere yet. */
export function missingKeys(
  there: ReadonlySet<string>,
  purposes: readonly Purpose[],
): readonly string[] {
  const needsService = purposes.includes("two_factor") || purposes.includes("transaction");
  const needed = [...ownKeyNames, ...(needsService ? ["SERVICE_KEYS"] : [])];
  return needed.filter((name) => !there.has(name));
}

/**
 * The text of a file of settings with these keys made and added. What is in it stays. Nobody sees a
 * key: a new service key stands in a comment beside its entry, for the operator to carry on.
 */
export async function withNewKeys(
  text: string,
  names: readonly string[],
  purposes: readonly Purpose[],
): Promise<string> {
  const keys = await createFreshKeys();
  const allowed = servicePurposes.filter((each) => purposes.some((purpose) => purpose === each));
  const service = createServiceKey("my-backend", allowed);
  const made: Record<string, string> = {
    SUBJECT_KEY: keys.subjectKey,
    PEPPERS: keys.peppers,
    SIGNING_KEYS: keys.signingKeys,
    SERVICE_KEYS: JSON.stringify([service.entry]),
  };
  const isServiceNew = names.includes("SERVICE_KEYS");
  const comment = isServiceNew
    ? `# For your app's backend, as Authorization: Bearer …\n# ${service.key}\n`
    : "";
  const values = Object.fromEntries(Object.entries(made).filter(([name]) => names.includes(name)));
  const next = setEnvLines(`${text}${comment}`, values);
  // They are base64url and JSON: a file of settings can hold them.
  if (next === undefined) throw new Error("a key cannot be written down");
  return next;
}

export const keysFileHeader = `# The deployment's own keys, written by \`npm run setup\`. Git ignores this file. Cloudflare does not
# show a secret again: keep a copy in your password manager. With another SUBJECT_KEY every user is a
# new one; to rotate the others you start from these lists.
`;
