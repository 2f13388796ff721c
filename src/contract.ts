import * as v from "valibot";

export const channels = ["sms", "call", "whatsapp"] as const;
export type Channel = (typeof channels)[number];

/** What a code may be for; each but the first asks for a service key or a session. */
export const purposes = ["sign_in", "step_up", "two_factor", "transaction"] as const;
export type Purpose = (typeof purposes)[number];

const statuses = ["pending", "approved", "expired", "canceled", "exhausted"] as const;
export type VerificationStatus = (typeof statuses)[number];

/** In the order in which a message goes through them; of the last three the first one stands. */
export const deliveryStatuses = ["queued", "sent", "delivered", "undelivered", "failed"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

// Messages are our own: valibot's repeat what was received, which may be a number or a code.
const channel = v.picklist(channels, `must be one of ${channels.join(", ")}`);
const token = v.pipe(
  v.string("must be a text of 1 to 1024 characters"),
  v.minLength(1, "must be a text of 1 to 1024 characters"),
  v.maxLength(1024, "must be a text of 1 to 1024 characters"),
);
/** A device keeps its last three. */
const mostDeviceTokens = 3;
const tokens = `must be a list of at most ${mostDeviceTokens} texts`;
const captchaToken = v.pipe(
  v.string("must be a text of 1 to 2048 characters"),
  v.minLength(1, "must be a text of 1 to 2048 characters"),
  v.maxLength(2048, "must be a text of 1 to 2048 characters"),
);
const nonEmpty = "must be a text of 1 to 64 characters";

const phone = v.pipe(v.string(nonEmpty), v.minLength(1, nonEmpty), v.maxLength(64, nonEmpty));
const subject = v.pipe(
  v.string("must be a text without control characters"),
  v.regex(/^[^\p{C}]+$/u, "must be a text without control characters"),
  v.maxBytes(255, "must have at most 255 bytes in UTF-8"),
  v.regex(/^(?!usr_)/, "must not begin with usr_, which names numbers"),
);
const methods = "must be at most 8 names of methods (RFC 8176), such as pwd";
const amr = v.pipe(
  v.array(v.pipe(v.string(methods), v.regex(/^[a-z0-9_-]{1,32}$/, methods)), methods),
  v.maxLength(8, methods),
);
/** What is confirmed: any object. Kept as it came, since its hash is what the proof carries. */
const transaction = v.pipe(
  v.custom<Readonly<Record<string, unknown>>>(
    (input) => typeof input === "object" && input !== null && !Array.isArray(input),
    "must be an object",
  ),
  v.check(
    ({ payee }) => isShownText(payee, 64),
    "payee must be a text of 1 to 64 plain characters, since the message shows it",
  ),
  v.check(
    ({ amount }) => isShownText(amount, 32),
    'amount must be a text of 1 to 32 plain characters, such as "10.00 EUR"',
  ),
);

/** Control characters could begin a line of their own in the message. */
function isShownText(value: unknown, most: number): boolean {
  if (value === undefined) return true;
  return (
    typeof value === "string" && value.length <= most && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(value)
  );
}

const languageTag = "must be a BCP 47 language tag such as en or pt-BR, of at most 35 characters";
const locale = v.pipe(v.string(languageTag), v.check(isLanguageTag, languageTag));

/** RFC 5646 §4.4.1 asks for room for 35 characters. No language has a code of more than three. */
function isLanguageTag(tag: string): boolean {
  if (tag.length > 35 || !/^[A-Za-z]{2,3}(-|$)/.test(tag)) return false;
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** `POST /v1/verifications` */
export const startRequest = v.strictObject({
  /** Left out for `step_up`: the code goes to the session's own number. */
  to: v.optional(phone),
  country: v.optional(
    v.pipe(
      v.string("must be an ISO 3166-1 alpha-2 code"),
      v.regex(/^[A-Za-z]{2}$/, "must be an ISO 3166-1 alpha-2 code"),
      v.toUpperCase(),
    ),
  ),
  channel: v.optional(channel, "sms"),
  locale: v.optional(locale),
  purpose: v.optional(v.picklist(purposes, `must be one of ${purposes.join(", ")}`), "sign_in"),
  /** From earlier approvals on this device; those of other numbers are ignored. */
  device_tokens: v.optional(v.pipe(v.array(token, tokens), v.maxLength(mostDeviceTokens, tokens))),
  /** Turnstile's token, where a captcha is asked for; its action is the purpose. */
  captcha_token: v.optional(captchaToken),
  // The following are a backend's to say, with its service key.
  /** The app's own name of the person, for the token's `sub`: unique among all backends. */
  subject: v.optional(subject),
  /** Factors that were passed before. */
  amr: v.optional(amr),
  transaction: v.optional(transaction),
});
export type StartRequest = v.InferOutput<typeof startRequest>;

/** `POST /v1/verifications/{id}/check` */
export const checkRequest = v.strictObject({
  code: v.pipe(
    v.string("must be a text of 4 to 10 digits"),
    v.regex(/^[0-9]{4,10}$/, "must be 4 to 10 ASCII digits"),
  ),
  /** Where the refresh token goes: into the answer's body, or into a cookie that no script reads. */
  transport: v.optional(v.literal("cookie", 'must be "cookie" or left out')),
});

/** `POST /v1/verifications/{id}/resend`; the body may be left out. */
export const resendRequest = v.strictObject({ channel: v.optional(channel) });

const verificationId = v.pipe(v.string(), v.regex(/^vrf_[A-Za-z0-9_-]+$/));
const attempts = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(5));
const time = v.pipe(v.string(), v.isoTimestamp());

/**
 * The answer to a start (201) and a resend (200, `to` masked): `pending`, unless an idempotent
 * repetition comes after the end.
 */
export const startedVerification = v.strictObject({
  id: verificationId,
  status: v.picklist(statuses),
  purpose: v.picklist(purposes),
  to: v.string(),
  channel: v.picklist(channels),
  expires_at: time,
  resend_at: time,
  resend_in: v.pipe(v.number(), v.integer(), v.minValue(0)),
  attempts_remaining: attempts,
});
export type StartedVerification = v.InferOutput<typeof startedVerification>;

/** The answer to `GET /v1/verifications/{id}`. */
export const verificationView = v.strictObject({
  id: verificationId,
  status: v.picklist(statuses),
  purpose: v.picklist(purposes),
  channel: v.picklist(channels),
  expires_at: time,
  attempts_remaining: attempts,
  /** What Twilio reports of the newest text, engine `messaging`. */
  delivery: v.optional(
    v.strictObject({
      status: v.picklist(deliveryStatuses),
      /** Twilio's error code. */
      error_code: v.optional(v.pipe(v.number(), v.integer())),
      /**
       * Ways to try in a new verification, when it was not delivered: a resend of this one can
       * only be a text. Left out where there are none, so with engine `messaging` always; after a
       * fallback to it they are Twilio Verify's.
       */
      suggested_channels: v.optional(v.array(v.picklist(channels))),
    }),
  ),
});
export type VerificationView = v.InferOutput<typeof verificationView>;

/** `POST /v1/sessions/refresh`; without a token in the body the cookie's is taken. */
export const refreshRequest = v.strictObject({ refresh_token: v.optional(token) });

const sessionId = v.pipe(v.string(), v.regex(/^ses_[A-Za-z0-9_-]{22}$/));
const seconds = v.pipe(v.number(), v.integer(), v.minValue(1));

/** What a session is used with. Lengths of time are seconds. */
const sessionTokens = {
  access_token: v.string(),
  token_type: v.literal("Bearer"),
  expires_in: seconds,
  /** Left out where it is in the cookie. */
  refresh_token: v.optional(v.pipe(v.string(), v.regex(/^rt_[A-Za-z0-9_-]+$/))),
  refresh_expires_in: seconds,
  session_id: sessionId,
  subject: v.string(),
};

const deviceToken = v.pipe(v.string(), v.regex(/^dev_[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]+$/));

/** The answer to a right code of purpose `sign_in`. */
export const approvedVerification = v.strictObject({
  status: v.literal("approved"),
  ...sessionTokens,
  device_token: deviceToken,
});

/** The answer to a right code of purpose `step_up`: the same session, raised; no refresh token. */
export const approvedStepUp = v.strictObject({
  status: v.literal("approved"),
  access_token: v.string(),
  token_type: v.literal("Bearer"),
  expires_in: seconds,
  session_id: sessionId,
  subject: v.string(),
  device_token: deviceToken,
});

/** The answer to a right code of purpose `two_factor` or `transaction`. */
export const approvedProof = v.strictObject({
  status: v.literal("approved"),
  /** For the backend that started it, once. */
  proof_token: v.string(),
  expires_in: seconds,
});

/** `POST /v1/proofs/consume`, with the service key that started the verification. */
export const consumeRequest = v.strictObject({
  proof_token: v.pipe(
    v.string("must be a text of 1 to 8192 characters"),
    v.minLength(1, "must be a text of 1 to 8192 characters"),
    v.maxLength(8192, "must be a text of 1 to 8192 characters"),
  ),
});

/** What a proof says, and the answer to its consumption. Times are seconds since the epoch. */
export const proofClaims = v.strictObject({
  iss: v.string(),
  /** The client id of the service key. */
  aud: v.string(),
  sub: v.string(),
  purpose: v.picklist(["two_factor", "transaction"]),
  amr: v.array(v.string()),
  acr: v.picklist(["aal1", "aal2"]),
  /** Base64url SHA-256 of the canonical transaction (RFC 8785). */
  txn: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/))),
  jti: v.string(),
  iat: v.pipe(v.number(), v.integer()),
  exp: v.pipe(v.number(), v.integer()),
});
export type ProofClaims = v.InferOutput<typeof proofClaims>;

/** The answer to a refresh. */
export const refreshedSession = v.strictObject(sessionTokens);
export type SessionTokens = v.InferOutput<typeof refreshedSession>;

const sessionEntries = {
  session_id: sessionId,
  created_at: time,
  last_used_at: time,
  /** Authentication methods (RFC 8176), first the ones that the app has named. */
  amr: v.array(v.string()),
  /** Where it was opened: ISO 3166-1 alpha-2, and the kind of device. */
  country: v.optional(v.string()),
  device: v.optional(v.string()),
  current: v.boolean(),
};

/** One row of `GET /v1/sessions`. */
const sessionView = v.strictObject(sessionEntries);
export type SessionView = v.InferOutput<typeof sessionView>;

export const sessionList = v.strictObject({ sessions: v.array(sessionView) });

/** The answer to `GET /v1/sessions/current`. */
export const currentSession = v.strictObject({
  ...sessionEntries,
  subject: v.string(),
  acr: v.picklist(["aal1", "aal2"]),
  /** Until then, if it is not used; a refresh moves it. */
  expires_at: time,
});
export type CurrentSession = v.InferOutput<typeof currentSession>;

const countryCode = v.pipe(v.string(), v.regex(/^[A-Z]{2}$/));

/** The answer to `GET /v1/config`: what a sign-in screen needs to know. */
export const frontendConfig = v.strictObject({
  app_name: v.string(),
  /** The countries that are served. */
  countries: v.array(countryCode),
  /** By country, without the plus. */
  calling_codes: v.record(v.string(), v.pipe(v.string(), v.regex(/^\d{1,3}$/))),
  /** The caller's, where it is served; else the one of `DEFAULT_COUNTRY`. */
  country: v.optional(countryCode),
  channels: v.array(v.picklist(channels)),
  /** Left out where codes of two lengths may come. */
  code_length: v.optional(v.pipe(v.number(), v.integer(), v.minValue(4), v.maxValue(10))),
  /** Set where a captcha may be asked for. */
  captcha: v.optional(v.strictObject({ site_key: v.string() })),
});
export type FrontendConfig = v.InferOutput<typeof frontendConfig>;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const counts = v.record(v.string(), count);
const bucket = v.strictObject({ level: v.number(), capacity: v.number() });

/** `GET /v1/admin/guard`: the UTC day so far, and the breakers. Money is in the budget's currency. */
export const guardReport = v.strictObject({
  sends: v.strictObject({ total: count, left: count, countries: counts, channels: counts }),
  caps: v.strictObject({ total: count, countries: counts, reserved_percent: count }),
  money: v.optional(
    v.strictObject({ currency: v.string(), spent: v.number(), budget: v.number() }),
  ),
  /** By country. In memory, as `refused` is: since the budget's object was last started. */
  approved: counts,
  /** By rule, then by country. */
  refused: v.record(v.string(), counts),
  rules: v.record(v.string(), v.picklist(["off", "record", "challenge", "refuse"])),
  asks_everybody_until: v.nullable(time),
  breakers: v.array(
    v.strictObject({
      country: v.optional(v.string()),
      /** E.164 without its last four digits. */
      prefix: v.optional(v.string()),
      /** One more send would pass the capacity of the hour or the day, or the operator says so. */
      is_full: v.boolean(),
      /** Where it is full: until when, if no code is entered before, and what makes it so. */
      full_until: v.optional(time),
      full_because: v.optional(v.picklist(["hour", "day", "lever"])),
      day: bucket,
      hour: bucket,
      /** Of a prefix: what became of its sends. In memory, as `refused` is. */
      today: v.optional(v.strictObject({ sent: count, approved: count, refused: count })),
      lever: v.optional(v.picklist(["let_pass", "hold_up"])),
      lever_until: v.optional(time),
    }),
  ),
});
export type GuardReport = v.InferOutput<typeof guardReport>;

const oneTarget = "must be true or left out";

/** `POST /v1/admin/guard`: one breaker, and what it is to do for a while. */
export const leverRequest = v.strictObject({
  /** ISO 3166-1 alpha-2. */
  country: v.optional(phone),
  /** E.164 without its last four digits. */
  prefix: v.optional(phone),
  failed_checks: v.optional(v.literal(true, oneTarget)),
  set: v.picklist(["let_pass", "hold_up", "reset"], "must be let_pass, hold_up or reset"),
  /** How long; an hour if it is not said. */
  seconds: v.optional(
    v.pipe(
      v.number("must be a whole number of seconds"),
      v.integer("must be a whole number of seconds"),
      v.minValue(60, "must be a minute at least"),
      v.maxValue(604_800, "must be a week at most"),
    ),
  ),
});
export type LeverRequest = v.InferOutput<typeof leverRequest>;

/** `POST /v1/locks/reset`, with a service key: the client's own locks of a number. */
export const locksReset = v.strictObject({ to: phone, subject: v.optional(subject) });

/** `POST /v1/admin/locks/reset`: the locks of one class of callers. */
export const adminLocksReset = v.strictObject({
  to: phone,
  class: v.picklist(
    ["anonymous", "known", "service"],
    "must be one of anonymous, known and service",
  ),
});

/** The answer to `GET /healthz`: names of what is wrong, never values. */
export const healthReport = v.strictObject({
  ok: v.boolean(),
  problems: v.array(v.string()),
  version: v.string(),
  commit: v.string(),
});

/** The answer to `GET /.well-known/jwks.json` (RFC 7517 §5). */
export const publicKeys = v.strictObject({
  keys: v.array(
    v.strictObject({
      kty: v.picklist(["EC", "OKP"]),
      crv: v.picklist(["P-256", "Ed25519"]),
      x: v.string(),
      /** Curve P-256 alone. */
      y: v.optional(v.string()),
      kid: v.string(),
      alg: v.picklist(["ES256", "EdDSA"]),
      use: v.literal("sig"),
    }),
  ),
});
