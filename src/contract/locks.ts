import * as v from "valibot";
import { phone, subject } from "./fields.ts";
import { callerClasses } from "./words.ts";

/** `POST /v1/locks/reset`, with a service key: ends the client's own locks of a number. */
export const locksReset = v.strictObject({ to: phone, subject: v.optional(subject) });

/** `POST /v1/admin/locks/reset`: ends the locks of one caller class. */
export const adminLocksReset = v.strictObject({
  to: phone,
  class: v.picklist(callerClasses, `must be one of ${callerClasses.join(", ")}`),
});
