import * as v from "valibot";
import { count, phone, time } from "./fields.ts";
import { ruleModes } from "./words.ts";

const counts = v.record(v.string(), count);

const bucket = v.strictObject({ level: v.number(), capacity: v.number() });

/**
 * The answer to `GET /v1/admin/guard`: the UTC day so far, and the breakers. Money is in the
 * budget's currency.
 */
export const guardReport = v.strictObject({
  sends: v.strictObject({ total: count, left: count, countries: counts, channels: counts }),
  caps: v.strictObject({ total: count, countries: counts, reserved_percent: count }),
  money: v.optional(
    v.strictObject({ currency: v.string(), spent: v.number(), budget: v.number() }),
  ),
  /** `approved`, `refused` and each `today` are kept in memory: they count from this time. */
  counted_since: time,
  /** By country. */
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
      /**
       * One more send would exceed the capacity of the hour or the day, or the operator holds sends
       * up.
       */
      is_full: v.boolean(),
      /** If it is full: until when, unless right codes come earlier, and the reason. */
      full_until: v.optional(time),
      full_because: v.optional(v.picklist(["hour", "day", "lever"])),
      day: bucket,
      hour: bucket,
      /** For a prefix: how its sends ended, since `counted_since`. */
      today: v.optional(v.strictObject({ sent: count, approved: count, refused: count })),
      lever: v.optional(v.picklist(["let_pass", "hold_up"])),
      lever_until: v.optional(time),
    }),
  ),
});
export type GuardReport = v.InferOutput<typeof guardReport>;

const oneTarget = "must be true or left out";

/** `POST /v1/admin/guard`: overrides one breaker for some time. */
export const leverRequest = v.strictObject({
  /** ISO 3166-1 alpha-2. */
  country: v.optional(phone),
  /** E.164 without its last four digits. */
  prefix: v.optional(phone),
  failed_checks: v.optional(v.literal(true, oneTarget)),
  set: v.picklist(["let_pass", "hold_up", "reset"], "must be let_pass, hold_up or reset"),
  /** How long. @default 3600 */
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
