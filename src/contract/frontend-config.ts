import * as v from "valibot";
import { channels } from "./channels.ts";

const countryCode = v.pipe(v.string(), v.regex(/^[A-Z]{2}$/));

/** The answer to `GET /v1/config`, for sign-in screens. */
export const frontendConfig = v.strictObject({
  app_name: v.string(),
  /** The allowed countries. */
  countries: v.array(countryCode),
  /** Calling codes by country, without the plus. */
  calling_codes: v.record(v.string(), v.pipe(v.string(), v.regex(/^\d{1,3}$/))),
  /** The caller's country if it is allowed, otherwise `DEFAULT_COUNTRY`. */
  country: v.optional(countryCode),
  channels: v.array(v.picklist(channels)),
  /** Left out if codes of two lengths are possible. */
  code_length: v.optional(v.pipe(v.number(), v.integer(), v.minValue(4), v.maxValue(10))),
  /** Set if a captcha may be required. */
  captcha: v.optional(v.strictObject({ site_key: v.string() })),
});
export type FrontendConfig = v.InferOutput<typeof frontendConfig>;
