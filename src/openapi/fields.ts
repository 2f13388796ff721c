import type { contract } from "./contract.ts";

type Contract = typeof contract;
/** The objects of the contract, each a schema of the document. */
export type ContractSchema = {
  [Name in keyof Contract]: Contract[Name] extends { readonly type: "strict_object" }
    ? Name
    : never;
}[keyof Contract];
type FieldOf<Name extends ContractSchema> = keyof Contract[Name]["entries"] & string;

const id = "The only handle on the verification. Who holds it is who started it.";
const purpose = "What the code is for.";
const channel = "How the code travels.";
const expiresAt = "No code is accepted after it. A resend does not move it.";
const attempts = "Wrong codes that the code survives still.";

const tokens = {
  access_token:
    "A JWT (RFC 9068) for `Authorization: Bearer`. Any backend verifies it offline with `/.well-known/jwks.json`.",
  token_type: "How the access token is sent.",
  expires_in: "Seconds that the access token lives.",
  refresh_token:
    "Good once, for `POST /v1/sessions/refresh`. Left out where it went into the cookie.",
  refresh_expires_in: "Seconds until the session ends if it is not refreshed.",
  session_id: "The session's name, in the access token `sid`.",
  subject: "The person: a stable name of the number, or the app's own.",
};
const deviceToken =
  "Keep it for 90 days and send it with the next start: strangers cannot use up what its holder has. It replaces a token that is the same before the dot.";

const session = {
  session_id: "For `DELETE /v1/sessions/{session_id}`.",
  created_at: "When it was opened.",
  last_used_at: "When it was refreshed last.",
  amr: "Authentication methods (RFC 8176): first those that the app has named, then ours.",
  country: "Where it was opened: ISO 3166-1 alpha-2.",
  device: "The kind of device that opened it.",
  current: "Whether it is the session that asks.",
};

/** What each field means. A field of the contract without a line here is a type error. */
export const fieldDescriptions: {
  readonly [Name in ContractSchema]: Readonly<Record<FieldOf<Name>, string>>;
} = {
  startRequest: {
    to: "The number, in any spelling. One without a plus needs `country`. Left out for `step_up`, whose code goes to the session's own number.",
    country:
      "ISO 3166-1 alpha-2, for a number without a plus: it is read by the exit codes and the numbering plan of this country.",
    channel,
    locale:
      "BCP 47 language of the message. One that the engine does not have is read as the nearest that it has (`en-US` is `en`), or left out: then with Twilio Verify the number's country decides, and with codes of our own the message is `OTP_MESSAGE`.",
    purpose:
      "What the code is for. `step_up` needs an access token; `two_factor` and `transaction` need a service key.",
    device_tokens:
      "From earlier approvals on this device, the newest first, whatever their numbers were. Those that do not fit `to` are ignored. One that fits spares its holder the limits of strangers for three sends, until a code is right.",
    captcha_token: "From the Turnstile widget, where a captcha is asked for. Good once.",
    subject: "With a service key: the app's own name of the person, for the token's `sub`.",
    amr: "With a service key: factors that were passed before, such as `pwd`.",
    transaction:
      "With a service key, purpose `transaction`: what is confirmed, at most 1 KiB. `payee` and `amount` are shown in the message where both are there.",
  },
  checkRequest: {
    code: "What the person has typed.",
    transport: "`cookie` puts the refresh token where no script can read it.",
  },
  resendRequest: { channel: "Another way than before." },
  startedVerification: {
    id,
    status: "`pending`, unless an idempotent repetition comes after the end.",
    purpose,
    to: "The number: complete for whoever supplied it, else masked.",
    channel,
    expires_at: expiresAt,
    resend_at: "Before it a resend is refused.",
    resend_in: "Seconds until then, for a countdown that does not trust the device's clock.",
    attempts_remaining: attempts,
  },
  verificationView: {
    id,
    status: "What has become of it.",
    purpose,
    channel,
    expires_at: expiresAt,
    attempts_remaining: attempts,
    delivery: "What Twilio reports of the newest text, engine `messaging`.",
  },
  refreshRequest: { refresh_token: "Without one the cookie's is taken." },
  approvedVerification: { status: "The code was right.", ...tokens, device_token: deviceToken },
  approvedStepUp: {
    status: "The code was right.",
    access_token: "Of the same session, raised.",
    token_type: tokens.token_type,
    expires_in: tokens.expires_in,
    session_id: tokens.session_id,
    subject: tokens.subject,
    device_token: deviceToken,
  },
  approvedProof: {
    status: "The code was right.",
    proof_token: "For the backend that started the verification, once.",
    expires_in: "Seconds that the proof lives.",
  },
  consumeRequest: { proof_token: "The proof that the frontend has handed over." },
  proofClaims: {
    iss: "This service.",
    aud: "The client id of the service key.",
    sub: "The person: the app's own name, or a stable name of the number.",
    purpose,
    amr: "Authentication methods (RFC 8176): first those that the app has named, then ours.",
    acr: "`aal2` when two different factors were passed.",
    txn: "Base64url SHA-256 of the canonical transaction (RFC 8785).",
    jti: "The proof's name.",
    iat: "Seconds since the epoch.",
    exp: "Seconds since the epoch.",
  },
  refreshedSession: tokens,
  sessionList: { sessions: "The newest first." },
  currentSession: {
    ...session,
    subject: tokens.subject,
    acr: "`aal2` when two different factors were passed.",
    expires_at: "Until then, if it is not used; a refresh moves it.",
  },
  guardReport: {
    sends: "Of this UTC day: in all, left of the cap, and by country.",
    caps: "Most sends of a day: in all, and by country; the percent of each cap, and of the money, that strangers never use up.",
    money: "Of this UTC day, in the budget's currency; where there is a budget.",
    approved: "By country, since the budget's object was last started.",
    refused: "By rule, then by country, since the budget's object was last started.",
    rules: "What each rule does.",
    asks_everybody_until: "Until then everybody is asked for a captcha; null when nobody is.",
    breakers:
      "Each with how full it is, and where it is full until when and why: by the `hour`, the `day` or a `lever`. A prefix is E.164 without its last four digits, and says what became of its sends today, since the budget's object was last started.",
  },
  leverRequest: {
    country: "The breaker of a country: ISO 3166-1 alpha-2 in capitals.",
    prefix: "The breaker of a prefix: E.164 without its last four digits.",
    failed_checks: "The rule that asks everybody for a captcha.",
    set: "`hold_up` refuses, `let_pass` passes, `reset` lets the rule judge again, with an empty memory.",
    seconds: "How long; an hour if it is not said.",
  },
  locksReset: {
    to: "The number, in E.164. A national one is of `DEFAULT_COUNTRY`.",
    subject:
      "The person whose wrong codes are forgotten. Left out, all wrong codes of this client are.",
  },
  adminLocksReset: {
    to: "The number, in E.164. A national one is of `DEFAULT_COUNTRY`.",
    class:
      "`anonymous` gets ten more attempts, once in 24 hours a number. The wrong codes of `known` (device tokens and sessions) and `service` (all clients) are forgotten.",
  },
  subjectSignOut: {
    to: "The number, in E.164. A national one is of `DEFAULT_COUNTRY`.",
    subject: "The `sub` of the tokens: `usr_…`, or the name that a backend has given.",
  },
  subjectSignedOut: { sessions_ended: "How many sessions were live." },
  frontendConfig: {
    app_name: "As in messages and pages.",
    countries: "The countries that are served: ISO 3166-1 alpha-2.",
    calling_codes: "By country, without the plus.",
    country: "The caller's, where it is served; else the one of `DEFAULT_COUNTRY`.",
    channels: "Ways to send a code that are open.",
    code_length: "Digits of a code. Left out where codes of two lengths may come.",
    captcha: "Where a captcha may be asked for: the site key of Turnstile's widget.",
  },
  healthReport: {
    ok: "Whether the Worker can do its work.",
    problems: "Names of what is wrong, never values.",
    version: "The version of Phonegate; `unknown` where it was not built by its own tools.",
    commit: "Git's sha of what was built, with `+changes` where files differed from it.",
  },
  publicKeys: { keys: "The first one signs; all verify." },
};
