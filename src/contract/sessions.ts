import * as v from "valibot";
import { seconds, sessionId, time, token } from "./fields.ts";
import { assuranceLevels } from "./words.ts";

/** `POST /v1/sessions/refresh`. Without a token in the body the cookie's token is used. */
export const refreshRequest = v.strictObject({ refresh_token: v.optional(token) });

/** The tokens of a session. Durations are in seconds. */
export const sessionTokens = {
  access_token: v.string(),
  token_type: v.literal("Bearer"),
  expires_in: seconds,
  /** Left out if it is in the cookie. */
  refresh_token: v.optional(v.pipe(v.string(), v.regex(/^rt_[A-Za-z0-9_-]+$/))),
  refresh_expires_in: seconds,
  session_id: sessionId,
  subject: v.string(),
};

/** The answer to a refresh. */
export const refreshedSession = v.strictObject(sessionTokens);
export type SessionTokens = v.InferOutput<typeof refreshedSession>;

const sessionEntries = {
  session_id: sessionId,
  created_at: time,
  last_used_at: time,
  /** Authentication methods (RFC 8176), those named by the app first. */
  amr: v.array(v.string()),
  /** Where it was opened: the country (ISO 3166-1 alpha-2), and the kind of device. */
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
  acr: v.picklist(assuranceLevels),
  /** When the session expires unless it is refreshed. */
  expires_at: time,
  /** The session is of a test number: no phone was proved. */
  test: v.optional(v.literal(true)),
});
export type CurrentSession = v.InferOutput<typeof currentSession>;
