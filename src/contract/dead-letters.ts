import * as v from "valibot";
import { count, time } from "./fields.ts";

/** The answer to `GET /v1/admin/events`: the events that are no longer retried. */
export const deadLetterList = v.strictObject({
  dead_letters: v.array(
    v.strictObject({
      id: v.string(),
      type: v.string(),
      occurred_at: time,
      died_at: time,
      reason: v.picklist(["gone", "expired", "unreadable", "overflow"]),
    }),
  ),
});

export type DeadLetterView = v.InferOutput<typeof deadLetterList>["dead_letters"][number];

const id = v.pipe(v.string(), v.regex(/^evt_[\w-]{22}$/, "must be the id of an event"));

/** `POST /v1/admin/events/retry`: the dead letters to send again. Without `ids` all are sent. */
export const deadLetterRetry = v.strictObject({
  ids: v.optional(v.pipe(v.array(id), v.minLength(1), v.maxLength(100))),
});

/** The answer: how many events wait for delivery again, and how many dead letters are left. */
export const deadLettersRetried = v.strictObject({ retried: count, left: count });
