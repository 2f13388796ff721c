import * as v from "valibot";
import { count, phone, subjectText } from "./fields.ts";

/** `POST /v1/admin/subjects/sign-out`: whose sessions are ended. */
export const subjectSignOut = v.strictObject({
  to: v.optional(phone),
  /** Also `usr_…`, by which a token names a number. */
  subject: v.optional(subjectText),
});

/** The answer: how many sessions were live. */
export const subjectSignedOut = v.strictObject({ sessions_ended: count });
