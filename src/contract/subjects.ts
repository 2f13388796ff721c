import * as v from "valibot";
import { count, phone, subjectText } from "./fields.ts";

/** `POST /v1/admin/subjects/sign-out`: the user to sign out, by number or subject. */
export const subjectSignOut = v.strictObject({
  to: v.optional(phone),
  /** A backend's own name of the user, or the `usr_…` of a token. */
  subject: v.optional(subjectText),
});

/** The answer: how many sessions were live. */
export const subjectSignedOut = v.strictObject({ sessions_ended: count });
