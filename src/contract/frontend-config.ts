import * as v from "valibot";
import { channels } from "./channels.ts";

const countryCode = v.pipe(v.string(), v.regex(/^[A-Z]{2}$/));

/** The answer to `GET /v1/config`: what a sign-in screen needs to know. */
export const frontendConfig = v.strictObject({
  app_name: v.string(),
  /** The countries that are served. */
  countries: v.array(countryCode),
  /** By country, without the plus. */
  calling_codes: v.record(v.string(), v.pipe(v.string(), v.regex(/^\d{1,3}$/))),
  /** The caller's, where it is served; else the one of `DEFAULT_COUNTRY`. */
  country: v.optional(countryCode),
  channels: v.array(v.picklist(channels)),
  /** Left out where codes of two lengths may come. */
  code_length: v.optional(v.pipe(v.number(), v.integer(), v.minValue(4), v.maxValue(10))),
  /** Set where a captcha may be asked for. */
  captcha: v.optional(v.strictObject({ site_key: v.string() })),
});
export type FrontendConfig = v.InferOutput<typeof frontendConfig>;
