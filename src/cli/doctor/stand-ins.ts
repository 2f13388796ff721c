import { serviceKeyNames } from "../../config/secret-names.ts";
import { createFreshKeys } from "../keys.ts";
import { randomWebhookSecret } from "../random-key.ts";
import { createServiceKey, servicePurposes, type ServicePurpose } from "../service-key.ts";

/**
 * Returns a placeholder of the right form for each deployed secret without a known value. With it
 * the Worker's parser can check the other settings. Checks that depend on the secret itself are
 * reported as not made.
 */
export async function placeholderSecrets(
  unreadable: ReadonlySet<string>,
  values: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const keys = await createFreshKeys();
  const enabled = (values.PURPOSES ?? "sign_in").split(",").map((purpose) => purpose.trim());
  const purposes = servicePurposes.filter((purpose) => enabled.includes(purpose));
  // The Worker needs one of two credentials. A token in the environment is only for the doctor's
  // own calls.
  const hasToken = unreadable.has("TWILIO_AUTH_TOKEN") || values.TWILIO_AUTH_TOKEN !== undefined;
  const all: Record<string, string> = {
    TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
    TWILIO_AUTH_TOKEN: "0".repeat(32),
    ...(!hasToken && {
      TWILIO_API_KEY_SID: `SK${"0".repeat(32)}`,
      TWILIO_API_KEY_SECRET: "0".repeat(32),
    }),
    SUBJECT_KEY: keys.subjectKey,
    PEPPERS: keys.peppers,
    SIGNING_KEYS: keys.signingKeys,
    ...Object.fromEntries(serviceKeyNames.map((name) => [name, unreadServiceKeys(purposes)])),
    TURNSTILE_SECRET: "0x4AAAAAAA-not-read",
    ALERT_WEBHOOK_SECRET: "this-one-was-not-read",
    EVENTS_SECRET: randomWebhookSecret(),
    HOOK_SECRET: randomWebhookSecret(),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => unreadable.has(name)));
}

/** A list may be deployed and empty. */
const unreadServiceKeys = (purposes: readonly ServicePurpose[]): string =>
  JSON.stringify(purposes.length > 0 ? [createServiceKey("unread", purposes).entry] : []);
