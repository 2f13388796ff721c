import type { EnvReader } from "../lib/env-reader.ts";
import { isLoopback, parseOrigin } from "../lib/origin.ts";

/** Cloudflare Turnstile. */
export interface CaptchaConfig {
  /** `risky`: if a rule of the guard demands a captcha. `always`: from each anonymous caller. */
  readonly asked: "risky" | "always";
  /** Public. The frontend renders the widget with it. */
  readonly siteKey: string;
  readonly secret: string;
  /** The twin's origin in development. */
  readonly baseUrl: string | undefined;
  /**
   * What happens while Turnstile is down. `refuse` fails closed: starts that need a captcha are refused.
   * `go_on` judges such starts as if no captcha were configured.
   */
  readonly whenUnavailable: "refuse" | "go_on";
  /** Cloudflare's dummy keys accept all callers, so they are only allowed in development. */
  readonly development: boolean;
}

/** Cloudflare's dummy site keys and secrets begin like this. Real ones begin with 0x. */
const dummy = /^[123]x0{10}/;

/** Reads the settings of Turnstile. Returns undefined if it is off, or after reporting a problem. */
export function readCaptcha(reader: EnvReader, development: boolean): CaptchaConfig | undefined {
  const asked = reader.matching(
    "TURNSTILE",
    /^(off|risky|always)$/,
    "must be off, risky or always",
  );
  const siteKey = readKey(reader, "TURNSTILE_SITE_KEY", development);
  const secret = readKey(reader, "TURNSTILE_SECRET", development);
  const baseUrl = readTurnstileBaseUrl(reader, development);
  const whenUnavailable = reader.matching(
    "TURNSTILE_UNAVAILABLE",
    /^(refuse|go_on)$/,
    "must be refuse or go_on",
  );
  if (asked !== "risky" && asked !== "always") return undefined;
  if (reader.text("TURNSTILE_SITE_KEY") === undefined)
    reader.problem("TURNSTILE_SITE_KEY", "must be set with TURNSTILE: the widget's site key");
  if (reader.text("TURNSTILE_SECRET") === undefined)
    reader.problem("TURNSTILE_SECRET", "must be set with TURNSTILE: the widget's secret");
  if (siteKey === undefined || secret === undefined) return undefined;
  return {
    asked,
    siteKey,
    secret,
    baseUrl,
    whenUnavailable: whenUnavailable === "go_on" ? "go_on" : "refuse",
    development,
  };
}

function readKey(reader: EnvReader, name: string, development: boolean): string | undefined {
  const key = reader.matching(
    name,
    /^\dx[\w-]{10,100}$/,
    "must be a key of Turnstile, such as 0x4AAA…",
  );
  if (key === undefined || development || !dummy.test(key)) return key;
  return reader.problem(name, "is a dummy key for tests, which accepts all callers");
}

function readTurnstileBaseUrl(reader: EnvReader, development: boolean): string | undefined {
  const text = reader.text("TURNSTILE_BASE_URL");
  if (text === undefined) return undefined;
  if (!development)
    return reader.problem(
      "TURNSTILE_BASE_URL",
      "is only for development, together with TWILIO_BASE_URL",
    );
  const url = parseOrigin(text);
  // The parsed host decides, as for `TWILIO_BASE_URL`.
  if (url !== undefined && isLoopback(url)) return url.origin;
  return reader.problem(
    "TURNSTILE_BASE_URL",
    "is only for the local twin: an origin such as http://127.0.0.1:8788; leave it empty for Cloudflare",
  );
}
