/**
 * What a freshly started twin knows: one account, one API key, four Verify services, and a sender and
 * a messaging service (others work as well, if they are well formed). Patterned after
 * the placeholders of Twilio's documentation, so that people and secret scanners see they are fake.
 * No imports: the command line reads this file without a bundler.
 */
export const TWIN_ACCOUNT_SID = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
export const TWIN_AUTH_TOKEN = "0123456789abcdef0123456789abcdef";
export const TWIN_API_KEY_SID = "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
export const TWIN_API_KEY_SECRET = "twin-api-key-secret-is-no-secret";
export const TWIN_VERIFY_SERVICE_SID = "VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/** One service a purpose, so that a code never serves another; the last one is a PSD2 service. */
export const TWIN_VERIFY_SERVICE_SID_STEP_UP = "VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
export const TWIN_VERIFY_SERVICE_SID_TWO_FACTOR = "VAcccccccccccccccccccccccccccccccc";
export const TWIN_VERIFY_SERVICE_SID_TRANSACTION = "VAdddddddddddddddddddddddddddddddd";
export const TWIN_VERIFY_SERVICE_NAME = "Phonegate";
export const TWIN_MESSAGING_SERVICE_SID = "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/** A widget of Turnstile whose tokens the twin knows; Cloudflare's own dummy keys work as well. */
export const TWIN_TURNSTILE_SITE_KEY = "0x4AAAAAAA-twin-site-key";
export const TWIN_TURNSTILE_SECRET = "0x4AAAAAAA-twin-turnstile-secret";
/** Who sends messages; Verify's texts come from numbers of its own. */
export const TWIN_FROM = "+12015550193";
