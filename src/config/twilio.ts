import type { EnvReader } from "../lib/env-reader.ts";
import { isLoopback, parseOrigin } from "../lib/origin.ts";

export interface TwilioConfig {
  /** The account's sid and auth token, or an API key's sid and secret. */
  readonly username: string;
  readonly password: string;
  readonly accountSid: string;
  /** The account's main token, if it is set. Only this token verifies Twilio's signatures. */
  readonly authToken: string | undefined;
  /** The twin's origin in development. */
  readonly baseUrl: string | undefined;
  readonly region: string | undefined;
  readonly edge: string | undefined;
}

/** Reads `TWILIO_BASE_URL`: the origin of the local twin, or undefined for Twilio itself. */
export function readBaseUrl(reader: EnvReader): string | undefined {
  const text = reader.text("TWILIO_BASE_URL");
  if (text === undefined) return undefined;
  const url = parseOrigin(text);
  // The parsed host decides, since `http://127.0.0.1@evil.example` is not this machine.
  if (url !== undefined && isLoopback(url)) return url.origin;
  return reader.problem(
    "TWILIO_BASE_URL",
    "is only for the local twin: an origin such as http://127.0.0.1:8788; leave it empty for Twilio",
  );
}

/** Reads the account and its credentials. */
export function readTwilio(
  reader: EnvReader,
  baseUrl: string | undefined,
): TwilioConfig | undefined {
  const accountSid = readSid(reader, "TWILIO_ACCOUNT_SID", "AC", "the account's sid");
  const credentials = readCredentials(reader, accountSid);
  const place = /^[a-z][a-z0-9-]{1,30}$/;
  const region = reader.matching("TWILIO_REGION", place, "must be a Twilio region, such as ie1");
  const edge = reader.matching("TWILIO_EDGE", place, "must be a Twilio edge, such as dublin");
  if (accountSid === undefined || credentials === undefined) return undefined;
  return { accountSid, ...credentials, baseUrl, region, edge };
}

/** Reads a Twilio sid. `what` names it in the problem. */
export function readSid(
  reader: EnvReader,
  name: string,
  prefix: string,
  what: string,
): string | undefined {
  const cure = `must be ${what}: ${prefix} and 32 hexadecimal digits`;
  const sid = reader.required(name, cure);
  if (sid === undefined || new RegExp(`^${prefix}[0-9a-f]{32}$`).test(sid)) return sid;
  return reader.problem(name, cure);
}

function readCredentials(
  reader: EnvReader,
  accountSid: string | undefined,
): Pick<TwilioConfig, "username" | "password" | "authToken"> | undefined {
  const secret = /^[\x21-\x7e]{16,128}$/;
  const authToken = reader.matching("TWILIO_AUTH_TOKEN", secret, "is not an auth token");
  const keySid = reader.matching(
    "TWILIO_API_KEY_SID",
    /^SK[0-9a-f]{32}$/,
    "must be SK and 32 hexadecimal digits",
  );
  const keySecret = reader.matching("TWILIO_API_KEY_SECRET", secret, "is not an API key's secret");
  if (keySid !== undefined && keySecret !== undefined)
    return { username: keySid, password: keySecret, authToken };
  if (keySid !== undefined)
    return reader.problem("TWILIO_API_KEY_SECRET", "must be set with TWILIO_API_KEY_SID");
  if (keySecret !== undefined)
    return reader.problem("TWILIO_API_KEY_SID", "must be set with TWILIO_API_KEY_SECRET");
  if (authToken === undefined)
    return reader.problem(
      "TWILIO_AUTH_TOKEN",
      "must be set, or TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET",
    );
  return accountSid === undefined
    ? undefined
    : { username: accountSid, password: authToken, authToken };
}
