import type { contract } from "./contract.ts";

type Contract = typeof contract;
/** The names of the contract's objects. Each is a schema of the document. */
export type ContractSchema = {
  [Name in keyof Contract]: Contract[Name] extends { readonly type: "strict_object" }
    ? Name
    : never;
}[keyof Contract];
type FieldOf<Name extends ContractSchema> = keyof Contract[Name]["entries"] & string;

const id =
  "The identifier of the verification. Treat it as a secret: it is the only credential of the caller who started it.";
const purpose = "The purpose of the code.";
const channel = "The channel of the message.";
const expiresAt = "No code is accepted after this time. A resend does not extend it.";
const attempts = "How many more wrong codes the verification accepts before it is exhausted.";

const tokens = {
  access_token:
    "A JWT (RFC 9068) for `Authorization: Bearer`. Any backend verifies it offline with `/.well-known/jwks.json`.",
  token_type: "The scheme of the `Authorization` header.",
  expires_in: "Lifetime of the access token in seconds.",
  refresh_token: "Accepted once, by `POST /v1/sessions/refresh`. Absent if it is in the cookie.",
  refresh_expires_in: "Seconds until the session ends without a refresh.",
  session_id: "The identifier of the session; `sid` in the access token.",
  subject:
    "The user: a stable identifier of the number, or the `subject` that the app's backend named.",
};
const deviceToken =
  "Keep it for 90 days and send it with the next start. Its holder has limits of their own, which strangers cannot use up. It replaces a token with the same part before the dot.";

const session = {
  session_id: "The identifier of the session, for `DELETE /v1/sessions/{session_id}`.",
  created_at: "When the session was opened.",
  last_used_at: "When the session was last refreshed.",
  amr: "Authentication methods (RFC 8176): first those that the app's backend named, then the method of the code.",
  country: "The country in which the session was opened: ISO 3166-1 alpha-2.",
  device: "The kind of device that opened the session.",
  current: "Whether this is the session of the request.",
};

/** The description of each field. A field of the contract without a line here is a type error. */
export const fieldDescriptions: {
  readonly [Name in ContractSchema]: Readonly<Record<FieldOf<Name>, string>>;
} = {
  startRequest: {
    to: "The number, in any spelling. A number without a plus needs `country`. Leave it out for `step_up`: its code goes to the session's number.",
    country:
      "ISO 3166-1 alpha-2, for a number without a plus: it is read with the exit codes and the numbering plan of this country.",
    channel,
    locale:
      "BCP 47 language of the message. If the engine does not have it, the nearest language that it has is used (`en` for `en-US`). If there is none, Twilio Verify chooses by the number's country, and the engine `messaging` sends `OTP_MESSAGE`.",
    purpose:
      "The purpose of the code. `step_up` needs an access token; `two_factor` and `transaction` need a service key.",
    device_tokens:
      "The tokens from earlier approvals on this device, newest first, of any number. Tokens that do not fit `to` are ignored. A token that fits exempts its holder from the limits of strangers for three sends. A right code renews this.",
    captcha_token: "The token from the Turnstile widget, if a captcha is required. Accepted once.",
    subject: "With a service key: the app's identifier of the user, for the token's `sub`.",
    amr: "With a service key: factors that the user has already passed, such as `pwd`.",
    transaction:
      "With a service key and the purpose `transaction`: the action that the user confirms, at most 1 KiB. The message shows `payee` and `amount` if both are present.",
  },
  checkRequest: {
    code: "The code that the user typed.",
    transport: "`cookie` puts the refresh token into a cookie that no script can read.",
  },
  resendRequest: { channel: "The channel of this resend." },
  startedVerification: {
    id,
    status: "`pending`, unless an idempotent retry arrives after the verification has ended.",
    purpose,
    to: "The number: complete if the request or the start named it, otherwise masked.",
    channel,
    expires_at: expiresAt,
    resend_at: "A resend before this time is refused.",
    resend_in:
      "Seconds until `resend_at`, for a countdown that does not depend on the device's clock.",
    attempts_remaining: attempts,
  },
  verificationView: {
    id,
    status: "The state of the verification.",
    purpose,
    channel,
    expires_at: expiresAt,
    resend_at: "A resend before this time is refused. Absent unless the status is `pending`.",
    resend_in: "Seconds until `resend_at`. Absent unless the status is `pending`.",
    attempts_remaining: attempts,
    delivery: "Twilio's delivery status of the newest text; only with the engine `messaging`.",
  },
  refreshRequest: {
    refresh_token: "The refresh token. If it is absent, the cookie's token is used.",
  },
  approvedVerification: { status: "The code was right.", ...tokens, device_token: deviceToken },
  approvedStepUp: {
    status: "The code was right.",
    access_token: "An access token of the same session, with a new `auth_time`.",
    token_type: tokens.token_type,
    expires_in: tokens.expires_in,
    session_id: tokens.session_id,
    subject: tokens.subject,
    device_token: deviceToken,
  },
  approvedProof: {
    status: "The code was right.",
    proof_token: "The proof for the backend that started the verification. Accepted once.",
    expires_in: "Lifetime of the proof in seconds.",
  },
  consumeRequest: {
    proof_token: "The proof that the frontend passed on.",
    accept_test:
      "Whether the proof of a test number (`TEST_NUMBERS`) is accepted. Its user has shown no phone. Where it is left out, such a proof is 401 `invalid_token`.",
  },
  proofClaims: {
    iss: "The issuer: this service.",
    aud: "The client id of the service key.",
    sub: "The user: the `subject` that the app's backend named, or a stable identifier of the number.",
    purpose,
    amr: "Authentication methods (RFC 8176): first those that the app's backend named, then the method of the code.",
    acr: "`aal2` if the user passed two different factors, otherwise `aal1`.",
    txn: "Base64url SHA-256 of the canonical transaction (RFC 8785).",
    test: "Present and true if the code was the fixed one of a test number.",
    jti: "The identifier of the proof.",
    iat: "When the proof was issued, in seconds since the epoch.",
    exp: "When the proof expires, in seconds since the epoch.",
  },
  introspectionRequest: {
    token: "An access token or a refresh token.",
    token_type_hint: "Ignored: the token itself tells its type.",
  },
  activeToken: {
    active: "The token is good at this moment.",
    token_type: "`Bearer` for an access token; absent for a refresh token.",
    sub: "The user: the stable name of the number, or the app's own name.",
    phone_number: "The verified number in E.164.",
    test: "Present and true if the session is of a test number: no phone was proved.",
    amr: "Authentication methods (RFC 8176).",
    acr: "`aal2` if two different factors were passed.",
    auth_time: "When the user last entered a right code. Seconds since the epoch.",
    sid: "The session.",
    client_id: "The client that the user signed in to.",
    exp: "When the token expires. Seconds since the epoch.",
    iat: "When the token was made. Seconds since the epoch.",
    iss: "The issuer: this service.",
    aud: "The audience of access tokens.",
  },
  inactiveToken: { active: "The text is no good token. The answer does not say why." },
  subjectRecord: {
    subject: tokens.subject,
    phone_number: "The number of the last sign-in, in E.164.",
    last_signed_in_at: "The last sign-in; a refresh does not move it.",
    live_sessions: "How many sessions are live.",
  },
  subjectsSearch: { phone_number: "The number, in E.164. A national one is of `DEFAULT_COUNTRY`." },
  subjectsFound: {
    phone_number: "The number, in E.164.",
    subjects:
      "The subjects that signed in with it, the newest sign-in first, at most 16. A subject may have another number by now.",
    first_verified_at: "When a code for this number was right for the first time.",
  },
  refreshedSession: tokens,
  sessionList: { sessions: "The sessions, newest first." },
  currentSession: {
    ...session,
    subject: tokens.subject,
    acr: "`aal2` if the user passed two different factors, otherwise `aal1`.",
    expires_at: "When the session ends without a refresh. Each refresh extends it.",
    test: "Present and true if the session is of a test number: no phone was proved.",
  },
  guardReport: {
    sends: "The sends of this UTC day: in total, left of the cap, and by country.",
    caps: "The caps of a day: in total and by country. The percentage of each cap and of the money that is reserved from strangers.",
    money: "The money of this UTC day, in the budget's currency. Absent without a money budget.",
    counted_since:
      "Approvals, refusals and the counts of each prefix are kept in memory, and begin anew when Cloudflare restarts the budget's object. They count from this time. Sends and money are stored: they are of the whole day.",
    approved: "The approvals by country, since `counted_since`.",
    refused: "The refusals by rule, then by country, since `counted_since`.",
    rules: "The mode of each rule.",
    asks_everybody_until:
      "Every caller must solve a captcha until this time. null if the rule is not active.",
    breakers:
      "Each breaker with its level. A closed breaker names its end and its cause: the `hour`, the `day` or a `lever`. A prefix is E.164 without the last four digits. It also counts the outcomes of its sends today, since `counted_since`.",
  },
  leverRequest: {
    country: "Selects the breaker of a country: ISO 3166-1 alpha-2 in capitals.",
    prefix: "Selects the breaker of a prefix: E.164 without the last four digits.",
    failed_checks: "Selects the rule that asks every caller for a captcha.",
    set: "`hold_up` refuses, `let_pass` allows, and `reset` gives the decision back to the rule and clears its counts.",
    seconds: "Duration of the override in seconds. The default is one hour.",
  },
  locksReset: {
    to: "The number, in E.164. A national number is read as one of `DEFAULT_COUNTRY`.",
    subject:
      "The user whose wrong codes are deleted. If it is absent, all wrong codes of this client are deleted.",
  },
  adminLocksReset: {
    to: "The number, in E.164. A national number is read as one of `DEFAULT_COUNTRY`.",
    class:
      "`anonymous` gets ten more attempts, once in 24 hours for each number. The wrong codes of `known` (device tokens and sessions) and of `service` (all clients) are deleted.",
  },
  subjectSignOut: {
    to: "The number, in E.164. A national number is read as one of `DEFAULT_COUNTRY`.",
    subject: "The `sub` of the tokens: `usr_…`, or the `subject` that a backend named.",
  },
  subjectSignedOut: { sessions_ended: "The number of live sessions that were ended." },
  deadLetterList: {
    dead_letters:
      "Each with its id, its type, when it occurred, when it was given up, and why: `gone` (the receiver answered 410), `expired` (24 hours), `unreadable` (its pepper was removed), `overflow` (too many waited).",
  },
  deadLetterRetry: { ids: "Ids of events. Left out, all dead letters are sent." },
  deadLettersRetried: {
    retried: "How many wait for delivery again.",
    left: "How many dead letters are still on the list.",
  },
  frontendConfig: {
    app_name: "The app's name in messages and pages.",
    countries: "The served countries: ISO 3166-1 alpha-2.",
    calling_codes: "The calling code of each country, without the plus.",
    country: "The caller's country if it is served, otherwise `DEFAULT_COUNTRY`.",
    channels: "The channels that are open.",
    code_length: "The number of digits of a code. Absent if codes of two lengths are in use.",
    captcha: "The site key of Turnstile's widget. Present if a captcha may be required.",
  },
  healthReport: {
    ok: "Whether the Worker can serve requests.",
    problems: "The names of settings that are missing or wrong, never their values.",
    version: "The version of Phonegate; `unknown` if another tool built it.",
    commit: "The Git commit of the build, with `+changes` if files differed from it.",
  },
  publicKeys: { keys: "The first key signs new tokens. All keys verify tokens." },
  serverMetadata: {
    issuer: "The `iss` of the tokens.",
    jwks_uri: "The address of the public keys.",
    response_types_supported: "Empty, because there is no authorization endpoint.",
    grant_types_supported: "Empty, because there is no token endpoint.",
    subject_types_supported: "`public`: every client sees the same `sub`.",
    id_token_signing_alg_values_supported:
      "The algorithms of the access tokens, that of new tokens first. There are no ID tokens.",
    acr_values_supported: "The values of `acr` (RFC 9470).",
    introspection_endpoint:
      "Where a service key asks whether a token is good; present if a key lists `introspect`.",
    introspection_endpoint_auth_methods_supported:
      "HTTP Basic with client id and key. A key may come as Bearer too.",
    service_documentation: "The API page.",
  },
};
