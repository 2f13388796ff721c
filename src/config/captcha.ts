import type { EnvReader } from "../lib/env-reader.ts";
import { isLoopback, parseOrigin } from "../lib/origin.ts";

/** Cloudflare Turnstile. */
export interface CaptchaConfig {
  /** `risky`: where a rule of the guard asks for it. `always`: from every anonymous caller. */
  readonly asked: "risky" | "always";
  /** Public: the frontend renders the widget with it. */
  readonly siteKey: string;
  readonly secret: string;
  /** The twin's origin in development. */
  readonly baseUrl: string | undefined;
  /**
   * When Turnstile cannot be asked: refuse what needs a captcha, or judge it as if there were none
   * to ask for, so that only what refuses without a captcha stands between a stranger and the bill.
   */
  readonly whenUnavailable: "refuse" | "go_on";
  /** Cloudflare's dummy keys, which let everybody pass, are for development alone. */
  readonly development: boolean;
}

/** Cloudflare's dummy site keys and secrets begin so; real ones begin with 0x. */
const dummy = /^[123]x0{10}/;

/** Undefined when it is off. */
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
  const key = reader.matching(name, /^\dx[\w-]{10,100}$/, "must be Turnstile's: 0x and so on");
  if (key === undefined || development || !dummy.test(key)) return key;
  return reader.problem(name, "is a dummy for tests, with which everybody passes");
}

function readTurnstileBaseUrl(reader: EnvReader, development: boolean): string | undefined {
  const text = reader.text("TURNSTILE_BASE_URL");
  if (text === undefined) return undefined;
  if (!development)
    return reader.problem("TURNSTILE_BASE_URL", "is for development, beside TWILIO_BASE_URL");
  const url = parseOrigin(text);
  // Judged by the parsed host, as `TWILIO_BASE_URL` is.
  if (url !== undefined && isLoopback(url)) return url.origin;
  return reader.problem(
    "TURNSTILE_BASE_URL",
    "is for the local twin alone: an origin such as http://127.0.0.1:8788; leave it empty for Cloudflare",
  );
}
