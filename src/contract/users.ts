import * as v from "valibot";
import { count, phone, time } from "./fields.ts";

/** The answer to `GET /v1/subjects/{sub}`. */
export const subjectRecord = v.strictObject({
  subject: v.string(),
  phone_number: v.string(),
  last_signed_in_at: time,
  live_sessions: count,
});
export type SubjectRecord = v.InferOutput<typeof subjectRecord>;

/** `POST /v1/subjects/find`. */
export const subjectsSearch = v.strictObject({ phone_number: phone });

/** The answer: who signed in with the number, the newest sign-in first. */
export const subjectsFound = v.strictObject({
  phone_number: v.string(),
  subjects: v.pipe(v.array(v.string()), v.minLength(1)),
  first_verified_at: time,
});
export type SubjectsFound = v.InferOutput<typeof subjectsFound>;
