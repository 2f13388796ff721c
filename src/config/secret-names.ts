/** The settings that are secrets: Cloudflare keeps them and does not show them again. */
export const twilioSecretNames = [
  "TWILIO_ACCOUNT_SID",
  "TWILIO_AUTH_TOKEN",
  "TWILIO_API_KEY_SID",
  "TWILIO_API_KEY_SECRET",
] as const;
export const ownKeyNames = ["SUBJECT_KEY", "PEPPERS", "SIGNING_KEYS"] as const;
export const secretNames = [
  ...twilioSecretNames,
  ...ownKeyNames,
  "SERVICE_KEYS",
  "TURNSTILE_SECRET",
  "ALERT_WEBHOOK_SECRET",
] as const;
