import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import {
  TWIN_ACCOUNT_SID,
  TWIN_AUTH_TOKEN,
  TWIN_FROM,
  TWIN_TURNSTILE_SECRET,
  TWIN_TURNSTILE_SITE_KEY,
  TWIN_VERIFY_SERVICE_SID,
  TWIN_VERIFY_SERVICE_SID_STEP_UP,
  TWIN_VERIFY_SERVICE_SID_TRANSACTION,
  TWIN_VERIFY_SERVICE_SID_TWO_FACTOR,
} from "../twin/seed.ts";
import { channels } from "../contract/channels.ts";
import { purposes } from "../contract/words.ts";
import type { FreshKeys } from "./keys.ts";

/** What `.dev.vars` holds after a first start: the twin's credentials and keys of this machine alone. */
export function devVarsText(keys: FreshKeys, twinUrl: string): string {
  return `# Written by the first \`npm start\`, never again: change what you like, delete the file for a fresh one.
# These values override wrangler.toml on this machine. Keep them out of git.

# The local Twilio twin and its credentials, which open nothing elsewhere. For real messages remove
# TWILIO_BASE_URL and put in what the Twilio console shows.
TWILIO_BASE_URL=${twinUrl}
TWILIO_ACCOUNT_SID=${TWIN_ACCOUNT_SID}
TWILIO_AUTH_TOKEN=${TWIN_AUTH_TOKEN}
TWILIO_VERIFY_SERVICE_SID=${TWIN_VERIFY_SERVICE_SID}

# Everything that a code may be for, each with a Verify service of its own.
PURPOSES=${purposes.join(",")}
CHANNELS=${channels.join(",")}
TWILIO_VERIFY_SERVICE_SID_STEP_UP=${TWIN_VERIFY_SERVICE_SID_STEP_UP}
TWILIO_VERIFY_SERVICE_SID_TWO_FACTOR=${TWIN_VERIFY_SERVICE_SID_TWO_FACTOR}
TWILIO_VERIFY_SERVICE_SID_TRANSACTION=${TWIN_VERIFY_SERVICE_SID_TRANSACTION}

# For your app's backend on this machine; what it sends as Authorization: Bearer …
# ${keys.service.key}
SERVICE_KEYS=${JSON.stringify([keys.service.entry])}

# Names subjects and ledgers for ever: with another key every user is a new one.
SUBJECT_KEY=${keys.subjectKey}

# Seal and sign ids, tokens and numbers at rest, as version:key; the first is in use. A new one is
# appended (1:…,2:…), and moves to the front when every location has it: npm run keys -- pepper
PEPPERS=${keys.peppers}

# Private keys as a JWKS: the first signs access tokens, all are published without their private part.
SIGNING_KEYS=${keys.signingKeys}

# The sender of codes of our own: with OTP_ENGINE=messaging they take the place of Twilio Verify's.
TWILIO_FROM=${TWIN_FROM}

# A captcha widget that the twin plays: TURNSTILE=risky or always asks for it. Its tokens stand at
# ${twinUrl}/twin/captchas.json.
TURNSTILE=off
TURNSTILE_SITE_KEY=${TWIN_TURNSTILE_SITE_KEY}
TURNSTILE_SECRET=${TWIN_TURNSTILE_SECRET}
TURNSTILE_BASE_URL=${twinUrl}

# Wider than in production: a laptop has one address and few numbers, and all your tests use them.
LIMIT_SEND_PER_IP=100/1h
LIMIT_CHECK_PER_IP=600/1h
LIMIT_SEND_PER_PHONE=5/10m,200/1d
# The guard's breakers only write down what they would do: all your test numbers are of one range.
GUARD_RECORD=on
`;
}

/** Writes the file whole and readable by its owner alone, or returns false when there is one already. */
export async function createDevVars(path: string, text: string): Promise<boolean> {
  // A link appears whole or not at all and never replaces a file: a rename would, and a plain write could be cut short.
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, text, { flag: "wx", mode: 0o600 });
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** A setting as the Worker will read it, or undefined where it is absent or empty. */
export async function readDevVar(
  path: string,
  name: "ALLOWED_ORIGINS" | "ISSUER" | "TWILIO_BASE_URL",
): Promise<string | undefined> {
  const value = parseEnv(await readFile(path, "utf8"))[name];
  return value === "" ? undefined : value;
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
