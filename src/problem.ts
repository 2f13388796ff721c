/** What every problem of one type has in common (RFC 9457 §3.1); `cure` is for `/problems/{code}`. */
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
    cure: "`errors` names each field that is wrong. Unknown fields are refused, so look for typos too.",
  },
  invalid_phone_number: {
    status: 422,
    title: "This is not a phone number",
    cure: "Send the number in E.164 (+14155552671), or in national format together with `country`. Extensions, short numbers and letters are refused.",
  },
  unsupported_country: {
    status: 422,
    title: "Numbers of this country are not served",
    cure: "The operator lists the countries in `ALLOWED_COUNTRIES`; Twilio's own geographic permissions must allow them too.",
  },
  unsupported_number_type: {
    status: 422,
    title: "Numbers of this type are not served",
    cure: "Use a personal mobile or fixed-line number. Premium, shared-cost, toll-free, personal-numbering, UAN, pager and voicemail numbers are refused.",
  },
  lever_matches_nothing: {
    status: 422,
    title: "This lever would match nothing",
    cure: "`detail` says what would be right: a country is an ISO 3166-1 code that is served, a prefix is a number without its last four digits.",
  },
  channel_unavailable: {
    status: 422,
    title: "The code cannot reach this number in this way",
    cure: "Try one of `suggested_channels`, where there are some. A fixed line, for instance, takes a `call` but no `sms`. The operator opens channels in `CHANNELS`.",
  },
  wrong_code: {
    status: 422,
    title: "The code is wrong",
    cure: "Ask the person to read the newest message again. The verification is still pending.",
  },
  verification_not_found: {
    status: 404,
    title: "There is no such verification",
    cure: "Use the `id` of the answer that started it. A day after its end a verification is forgotten.",
  },
  session_not_found: {
    status: 404,
    title: "There is no such session",
    cure: "`GET /v1/sessions` lists the sessions that there are. One that has ended is forgotten in time.",
  },
  invalid_token: {
    status: 401,
    title: "The token is missing or not good any more",
    cure: "Send `Authorization: Bearer` and a live access token; refresh it when it has expired. A refresh token is good once: where it is refused, the person signs in anew.",
  },
  invalid_service_key: {
    status: 401,
    title: "This needs a service key",
    cure: "The purposes `two_factor` and `transaction`, the fields `subject`, `amr` and `transaction`, proofs, locks and `/v1/admin` are for backends. Send `Authorization: Bearer sk_…` with a key that `SERVICE_KEYS` lists by its hash. `npm start` writes one to `.dev.vars`, on the line that begins with `# sk_`; `npm run keys -- service` makes another. A page never has one.",
  },
  insufficient_user_authentication: {
    status: 401,
    title: "The session is too weak or too old for this",
    cure: "Let the person prove the number again: a verification of purpose `step_up`. `WWW-Authenticate` says what is asked for (RFC 9470).",
  },
  insufficient_scope: {
    status: 403,
    title: "This service key may not do this",
    cure: "A key is good for the purposes and scopes that `SERVICE_KEYS` lists for it, and consumes the proofs of its own client alone.",
  },
  proof_used: {
    status: 410,
    title: "The proof has been used",
    cure: "A proof is good once. Where it was not you who used it, somebody else has.",
  },
  proof_expired: {
    status: 410,
    title: "The proof has expired",
    cure: "A proof lives five minutes. Start a new verification.",
  },
  not_found: {
    status: 404,
    title: "There is nothing here",
    cure: "Look at the path: upper and lower case differ, and there is no slash at the end.",
  },
  verification_expired: {
    status: 410,
    title: "The verification has expired",
    cure: "`expires_at` said until when; a resend does not prolong it, and is refused in the last 15 seconds. Start a new verification.",
  },
  verification_used: {
    status: 410,
    title: "The code has been used",
    cure: "A right code is right once. Where the answer was lost, start a new verification.",
  },
  verification_canceled: {
    status: 410,
    title: "The verification was canceled",
    cure: "It was canceled, or its code was used with, or replaced by, another verification of the same number. Start a new one.",
  },
  verification_exhausted: {
    status: 410,
    title: "Too many wrong codes",
    cure: "No code is accepted for this verification any more. Cancel it (DELETE) and start a new one; with Twilio Verify the number is otherwise refused until the code's end.",
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
    cure: "Wait for as long as `Retry-After` says. Where `RateLimit` is present, it tells which window of the caller's address is full.",
  },
  captcha_required: {
    status: 403,
    title: "A captcha is asked for",
    cure: "Show the Turnstile widget (`GET /v1/config` has its site key) with the purpose as its action, and repeat the request with `captcha_token`. A token is good once.",
  },
  captcha_failed: {
    status: 403,
    title: "The captcha was not passed",
    cure: "Its token was used before, is too old, or was made for another page or purpose. Show the widget anew.",
  },
  origin_not_allowed: {
    status: 403,
    title: "This origin may not call",
    cure: "The operator lists origins in `ALLOWED_ORIGINS`, exactly as the browser sends them: scheme, host and port, or an app's `capacitor://localhost`.",
  },
  purpose_not_enabled: {
    status: 403,
    title: "This purpose is not enabled",
    cure: "The operator lists purposes in `PURPOSES`, each with a Verify service of its own or engine `messaging`.",
  },
  idempotency_key_reused: {
    status: 422,
    title: "This key belongs to another request",
    cure: "Use a new `Idempotency-Key` for every new request; repeat one only with the very same body.",
  },
  invalid_signature: {
    status: 403,
    title: "The signature is not of Twilio",
    cure: "Only Twilio calls this address. Operators: `ISSUER` must be the very origin that Twilio calls, and `TWILIO_AUTH_TOKEN` the account's main token.",
  },
  send_budget_exhausted: {
    status: 503,
    title: "No more codes are sent today",
    cure: "The operator's budget for the day is spent. It begins anew at midnight UTC, which `Retry-After` counts down to. With a `Retry-After` of seconds the last of it is being sent at this moment, and may be given back.",
  },
  store_unavailable: {
    status: 503,
    title: "The store cannot be reached",
    cure: "What spends money or guards a code is refused rather than guessed. Try again in a moment.",
  },
  provider_unavailable: {
    status: 503,
    title: "The provider cannot be reached",
    cure: "Nothing is known to have been sent or approved. Try again after `Retry-After`. Operators: the log has the reason, and `/healthz` tells when Twilio refuses the credentials.",
  },
  provider_rejected: {
    status: 422,
    title: "The provider refused the request",
    cure: "`provider_code` is Twilio's error code; look it up in Twilio's error dictionary. Often a setting of the Verify service is the cause.",
  },
  provider_bad_response: {
    status: 502,
    title: "The answer of the provider makes no sense",
    cure: "The answer was broken or spoke of something else, and was not trusted. Try again later; the log has the provider's request id.",
  },
  not_configured: {
    status: 503,
    title: "The service is not configured",
    cure: "`/healthz` names every setting that is missing or wrong.",
  },
  unsupported_media_type: {
    status: 415,
    title: "The body has another type than this route takes",
    cure: "Send `Content-Type: application/json` (Twilio's callbacks are form-encoded), without `Content-Encoding`.",
  },
  payload_too_large: {
    status: 413,
    title: "The body is too large",
    cure: "A body has at most 8 KiB.",
  },
  headers_too_large: {
    status: 431,
    title: "The headers are too large",
    cure: "All header fields together have at most 16 KiB. Often it is cookies.",
  },
  method_not_allowed: {
    status: 405,
    title: "This method is not allowed here",
    cure: "`Allow` lists the methods of this path.",
  },
  internal_error: {
    status: 500,
    title: "Something went wrong on our side",
    cure: "It is in the log under the answer's `request_id`.",
  },
} satisfies Record<string, ProblemType>;

export type ProblemCode = keyof typeof types;
export const problemTypes: Readonly<Record<ProblemCode, ProblemType>> = types;

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(types, text);
}

/** An expected ending, thrown by a route and answered by the one error handler. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  /** `detail` is for a developer to read: it repeats nothing that a caller sent. */
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

/** The problem document (RFC 9457 §3). `origin` is the Worker's own. */
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
