/**
 * The data of a new twin: one account, one API key, four Verify services, a sender and a messaging
 * service. Other well-formed senders work too. The values follow the placeholders of Twilio's
 * documentation, so that readers and secret scanners recognise them as fake. This file has no
 * imports, because the commands read it without a bundler.
 */
export const TWIN_ACCOUNT_SID = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
export const TWIN_AUTH_TOKEN = "0123456789abcdef0123456789abcdef";
export const TWIN_API_KEY_SID = "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
export const TWIN_API_KEY_SECRET = "twin-api-key-secret-is-no-secret";
export const TWIN_VERIFY_SERVICE_SID = "VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/**
 * One service for each purpose, so that a code never works for another purpose. The last one is a
 * PSD2 service.
 */
export const TWIN_VERIFY_SERVICE_SID_STEP_UP = "VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
export const TWIN_VERIFY_SERVICE_SID_TWO_FACTOR = "VAcccccccccccccccccccccccccccccccc";
export const TWIN_VERIFY_SERVICE_SID_TRANSACTION = "VAdddddddddddddddddddddddddddddddd";
export const TWIN_VERIFY_SERVICE_NAME = "Phonegate";
export const TWIN_MESSAGING_SERVICE_SID = "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/** The Turnstile widget of the twin. Cloudflare's dummy keys work too. */
export const TWIN_TURNSTILE_SITE_KEY = "0x4AAAAAAA-twin-site-key";
export const TWIN_TURNSTILE_SECRET = "0x4AAAAAAA-twin-turnstile-secret";
/** The sender of messages. Verify's texts come from other numbers. */
export const TWIN_FROM = "+12015550193";
