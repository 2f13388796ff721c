/** What all problems of one type share (RFC 9457 §3.1). `/problems/{code}` shows the `cure`. */
interface ProblemType {
  readonly status:
    | 400
    | 401
    | 403
    | 404
    | 405
    | 410
    | 413
    | 415
    | 422
    | 429
    | 431
    | 500
    | 502
    | 503;
  readonly title: string;
  readonly cure: string;
}

const types = {
  invalid_request: {
    status: 400,
    title: "The request is not valid",
    cure: "`errors` names each wrong field. Unknown fields are refused, so check for typos.",
  },
  invalid_phone_number: {
    status: 422,
    title: "This is not a phone number",
    cure: "Send the number in E.164 (+14155552671), or in national format together with `country`. Extensions, short numbers and letters are refused.",
  },
  unsupported_country: {
    status: 422,
    title: "Numbers of this country are not served",
    cure: "The operator lists the countries in `ALLOWED_COUNTRIES`. Twilio's own geographic permissions must allow them too.",
  },
  unsupported_number_type: {
    status: 422,
    title: "Numbers of this type are not served",
    cure: "Use a personal mobile or fixed-line number. Premium, shared-cost, toll-free, personal-numbering, UAN, pager and voicemail numbers are refused.",
  },
  lever_matches_nothing: {
    status: 422,
    title: "This lever would have no effect",
    cure: "`detail` says what is wrong. A country is an ISO 3166-1 code that is served. A prefix is a number without its last four digits.",
  },
  channel_unavailable: {
    status: 422,
    title: "This channel cannot reach the number",
    cure: "Try one of `suggested_channels`, if there are any. A fixed line, for example, can take a `call` but no `sms`. The operator lists the allowed channels in `CHANNELS`.",
  },
  wrong_code: {
    status: 422,
    title: "The code is wrong",
    cure: "Ask the user to read the newest message again. The verification is still pending.",
  },
  verification_not_found: {
    status: 404,
    title: "There is no such verification",
    cure: "Use the `id` from the answer to the start. A verification is deleted a day after its end.",
  },
  subject_not_found: {
    status: 404,
    title: "There is no such subject",
    cure: "No user signed in as this subject, or with this number, within 400 days. A number that signed in before the update to this version is found after its next sign-in.",
  },
  session_not_found: {
    status: 404,
    title: "There is no such session",
    cure: "`GET /v1/sessions` lists the live sessions. Ended sessions are deleted after some time.",
  },
  invalid_token: {
    status: 401,
    title: "The token is missing or not valid",
    cure: "Send `Authorization: Bearer` with a valid access token, and refresh it when it has expired. A refresh token is valid once. If it is refused, the user has to sign in again.",
  },
  invalid_service_key: {
    status: 401,
    title: "This needs a service key",
    cure: "The purposes `two_factor` and `transaction`, the fields `subject`, `amr` and `transaction`, proofs, locks and `/v1/admin` are for backends. Send `Authorization: Bearer sk_…` with a key whose hash is in `SERVICE_KEYS`. `npm start` writes a key to `.dev.vars`, on the line that begins with `# sk_`. `npm run keys -- service` makes another one. Never put a service key into a page.",
  },
  insufficient_user_authentication: {
    status: 401,
    title: "The session is too weak or too old for this",
    cure: "Let the user prove the number again, with a verification of purpose `step_up`. `WWW-Authenticate` says what is required (RFC 9470).",
  },
  insufficient_scope: {
    status: 403,
    title: "This service key may not do this",
    cure: "A key is valid for the purposes and scopes that `SERVICE_KEYS` lists for it. It consumes only the proofs of its own client.",
  },
  proof_used: {
    status: 410,
    title: "The proof has been used",
    cure: "A proof is accepted once. If you have not used it, another party has.",
  },
  proof_expired: {
    status: 410,
    title: "The proof has expired",
    cure: "A proof is valid for five minutes. Start a new verification.",
  },
  not_found: {
    status: 404,
    title: "This path does not exist",
    cure: "Check the path. Upper and lower case differ, and there is no slash at the end.",
  },
  verification_expired: {
    status: 410,
    title: "The verification has expired",
    cure: "The verification ended at `expires_at`. A resend does not extend it, and is refused in the last 15 seconds. Start a new verification.",
  },
  verification_used: {
    status: 410,
    title: "The code has been used",
    cure: "A right code is accepted once. If the answer was lost, start a new verification.",
  },
  verification_canceled: {
    status: 410,
    title: "The verification was canceled",
    cure: "The verification was canceled, or another verification of the same number has used or replaced its code. Start a new verification.",
  },
  verification_exhausted: {
    status: 410,
    title: "Too many wrong codes",
    cure: "This verification accepts no more codes. Cancel it (DELETE) and start a new one. With Twilio Verify the number is otherwise refused until the code expires.",
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
    cure: "Wait for the time in `Retry-After`. If `RateLimit` is present, it names the limit of the caller's address that is reached.",
  },
  captcha_required: {
    status: 403,
    title: "A captcha is required",
    cure: "Show the Turnstile widget (`GET /v1/config` has its site key) with the purpose as its action. Then repeat the request with `captcha_token`. A token is accepted once.",
  },
  captcha_failed: {
    status: 403,
    title: "The captcha was not passed",
    cure: "The token was already used, is too old, or was made for another page or purpose. Show the widget again.",
  },
  origin_not_allowed: {
    status: 403,
    title: "This origin is not allowed",
    cure: "The operator lists origins in `ALLOWED_ORIGINS`, exactly as the browser sends them: scheme, host and port, or an app's `capacitor://localhost`.",
  },
  not_allowed: {
    status: 403,
    title: "This is not allowed",
    cure: "The app's own rules refuse this number or this sign-in. The code, if there was one, is used up. Ask the app's support.",
  },
  purpose_not_enabled: {
    status: 403,
    title: "This purpose is not enabled",
    cure: "The operator lists purposes in `PURPOSES`. Each needs a Verify service of its own, or engine `messaging`.",
  },
  idempotency_key_reused: {
    status: 422,
    title: "This key belongs to another request",
    cure: "Use a new `Idempotency-Key` for each new request. A retry must have exactly the same body.",
  },
  invalid_signature: {
    status: 403,
    title: "The signature is not from Twilio",
    cure: "Only Twilio calls this address. For operators: `ISSUER` must be exactly the origin that Twilio calls, and `TWILIO_AUTH_TOKEN` must be the account's main token.",
  },
  send_budget_exhausted: {
    status: 503,
    title: "No more codes are sent today",
    cure: "The operator's budget of the day is used up. A new day begins at midnight UTC, and `Retry-After` counts down to it. If `Retry-After` is only seconds, the last sends of the budget are in flight and may be given back.",
  },
  store_unavailable: {
    status: 503,
    title: "The store cannot be reached",
    cure: "Without the store, money and codes are refused. Try again in a moment.",
  },
  provider_unavailable: {
    status: 503,
    title: "The provider cannot be reached",
    cure: "As far as known, nothing was sent or approved. Try again after `Retry-After`. For operators: the log has the reason, and `/healthz` says if Twilio refuses the credentials.",
  },
  provider_rejected: {
    status: 422,
    title: "The provider refused the request",
    cure: "`provider_code` is Twilio's error code. Look it up in Twilio's error dictionary. Often a setting of the Verify service is the cause.",
  },
  provider_bad_response: {
    status: 502,
    title: "The answer of the provider cannot be used",
    cure: "The answer was broken or about something else, so it was ignored. Try again later. The log has the provider's request id.",
  },
  not_configured: {
    status: 503,
    title: "The service is not configured",
    cure: "`/healthz` names all settings that are missing or wrong.",
  },
  unsupported_media_type: {
    status: 415,
    title: "The body has the wrong type",
    cure: "Send `Content-Type: application/json` (Twilio's callbacks: form-encoded), without `Content-Encoding`.",
  },
  payload_too_large: {
    status: 413,
    title: "The body is too large",
    cure: "A body has at most 8 KiB.",
  },
  headers_too_large: {
    status: 431,
    title: "The headers are too large",
    cure: "All header fields together have at most 16 KiB. Often cookies are the cause.",
  },
  method_not_allowed: {
    status: 405,
    title: "This method is not allowed here",
    cure: "`Allow` lists the methods of this path.",
  },
  internal_error: {
    status: 500,
    title: "Something went wrong on our side",
    cure: "The log has the error under the answer's `request_id`.",
  },
} satisfies Record<string, ProblemType>;

export type ProblemCode = keyof typeof types;
/** All problem types by code. */
export const problemTypes: Readonly<Record<ProblemCode, ProblemType>> = types;

/** Returns whether the text is the code of a problem. */
export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(types, text);
}

/**
 * An expected ending. A route throws it, and the app's error handler answers with the problem document.
 *
 * @example throw new Problem("rate_limited", undefined, { headers: { "Retry-After": "5" } });
 */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param detail more for developers. It must not repeat what the caller sent. @default the title
   * @param more further members of the document, and headers of the answer.
   */
  constructor(
    code: ProblemCode,
    detail?: string,
    more: { members?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ) {
    super(detail ?? problemTypes[code].title);
    this.name = "Problem";
    this.code = code;
    this.members = more.members ?? {};
    this.headers = more.headers ?? {};
  }
}

/** Returns the problem document (RFC 9457 §3). `origin` is the Worker's own origin. */
export function problemDocument(problem: Problem, origin: string, requestId: string): object {
  const { status, title } = problemTypes[problem.code];
  return {
    type: `${origin}/problems/${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    request_id: requestId,
    ...problem.members,
  };
}
