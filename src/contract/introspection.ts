import * as v from "valibot";
import { sessionId } from "./fields.ts";
import { assuranceLevels } from "./words.ts";

/**
 * `POST /v1/introspect` (RFC 7662 §2.1), form-encoded. Other parameters are ignored, as the RFC
 * says.
 */
export const introspectionRequest = v.strictObject({
  token: v.pipe(v.string(), v.minLength(1)),
  token_type_hint: v.optional(v.string()),
});

/** The answer for a valid token. Times are seconds since the epoch. */
export const activeToken = v.strictObject({
  active: v.literal(true),
  token_type: v.optional(v.literal("Bearer")),
  sub: v.string(),
  phone_number: v.optional(v.string()),
  /** The session is of a test number: no phone was proved. */
  test: v.optional(v.literal(true)),
  amr: v.array(v.string()),
  acr: v.picklist(assuranceLevels),
  auth_time: v.pipe(v.number(), v.integer()),
  sid: sessionId,
  client_id: v.string(),
  exp: v.pipe(v.number(), v.integer()),
  iat: v.pipe(v.number(), v.integer()),
  iss: v.string(),
  aud: v.string(),
});
export type ActiveToken = v.InferOutput<typeof activeToken>;

/** The answer for all other texts. It gives no reason (RFC 7662 §2.2). */
export const inactiveToken = v.strictObject({ active: v.literal(false) });
