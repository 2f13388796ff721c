import * as v from "valibot";
import { count, phone, time } from "./fields.ts";
import { ruleModes } from "./words.ts";

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
  rules: v.record(v.string(), v.picklist(ruleModes)),
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
