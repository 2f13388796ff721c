/** The settings that are secrets. Cloudflare never shows a stored secret again. */
export const twilioSecretNames = [
  "TWILIO_ACCOUNT_SID",
  "TWILIO_AUTH_TOKEN",
  "TWILIO_API_KEY_SID",
  "TWILIO_API_KEY_SECRET",
] as const;
export const ownKeyNames = ["SUBJECT_KEY", "PEPPERS", "SIGNING_KEYS"] as const;
/** A variable of a Worker has at most 5 KB, so the list may continue in further variables. */
export const serviceKeyNames = [
  "SERVICE_KEYS",
  "SERVICE_KEYS_2",
  "SERVICE_KEYS_3",
  "SERVICE_KEYS_4",
  "SERVICE_KEYS_5",
  "SERVICE_KEYS_6",
  "SERVICE_KEYS_7",
  "SERVICE_KEYS_8",
  "SERVICE_KEYS_9",
] as const;
export const secretNames = [
  ...twilioSecretNames,
  ...ownKeyNames,
  ...serviceKeyNames,
  "TURNSTILE_SECRET",
  "ALERT_WEBHOOK_SECRET",
  "EVENTS_SECRET",
  "HOOK_SECRET",
] as const;
