import type { Purpose } from "../../contract/words.ts";
import { setEnvLines } from "../env-lines.ts";
import { createFreshKeys } from "../keys.ts";
import { ownKeyNames } from "../../config/secret-names.ts";
import { createServiceKey, servicePurposes } from "../service-key.ts";

/** Returns the names of the needed keys that do not exist yet. */
export function missingKeys(
  there: ReadonlySet<string>,
  purposes: readonly Purpose[],
): readonly string[] {
  const needsService = purposes.includes("two_factor") || purposes.includes("transaction");
  const needed = [...ownKeyNames, ...(needsService ? ["SERVICE_KEYS"] : [])];
  return needed.filter((name) => !there.has(name));
}

/**
 * Returns the text of a settings file with these keys generated and added. All other lines stay. No
 * key is printed. A new service key is in a comment next to its entry, where the operator can copy
 * it.
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
    ? `# The key of your app's backend, for Authorization: Bearer …\n# ${service.key}\n`
    : "";
  const values = Object.fromEntries(Object.entries(made).filter(([name]) => names.includes(name)));
  const next = setEnvLines(`${text}${comment}`, values);
  // A settings file can hold base64url and JSON, so this cannot fail.
  if (next === undefined) throw new Error("a key cannot be written");
  return next;
}

export const keysFileHeader = `# The deployment's own keys. \`npm run setup\` wrote this file, and git ignores it. Cloudflare does not
# show a secret again: keep a copy in your password manager. With another SUBJECT_KEY every user
# becomes a new user. To rotate the other keys, start from these lists.
`;
