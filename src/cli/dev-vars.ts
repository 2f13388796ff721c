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

/**
 * Returns the text of `.dev.vars` for a first start: the twin's credentials, and keys for this
 * machine only.
 */
export function devVarsText(keys: FreshKeys, twinUrl: string): string {
  return `# The first \`npm start\` wrote this file. Later starts do not change it. Delete it to get a new one.
# These values override wrangler.toml on this machine. Keep them out of git.

# The local Twilio twin and its credentials, which work nowhere else. For real messages remove
# TWILIO_BASE_URL and enter the credentials of the Twilio console.
TWILIO_BASE_URL=${twinUrl}
TWILIO_ACCOUNT_SID=${TWIN_ACCOUNT_SID}
TWILIO_AUTH_TOKEN=${TWIN_AUTH_TOKEN}
TWILIO_VERIFY_SERVICE_SID=${TWIN_VERIFY_SERVICE_SID}

# All purposes of a code. Each has its own Verify service.
PURPOSES=${purposes.join(",")}
CHANNELS=${channels.join(",")}
TWILIO_VERIFY_SERVICE_SID_STEP_UP=${TWIN_VERIFY_SERVICE_SID_STEP_UP}
TWILIO_VERIFY_SERVICE_SID_TWO_FACTOR=${TWIN_VERIFY_SERVICE_SID_TWO_FACTOR}
TWILIO_VERIFY_SERVICE_SID_TRANSACTION=${TWIN_VERIFY_SERVICE_SID_TRANSACTION}

# The key of your app's backend on this machine. The backend sends it as Authorization: Bearer …
# ${keys.service.key}
SERVICE_KEYS=${JSON.stringify([keys.service.entry])}

# Derives the names of subjects and ledgers. With another key every user becomes a new user.
SUBJECT_KEY=${keys.subjectKey}

# Encrypt and sign ids, tokens and stored numbers, as version:key. The first is in use. A new one is
# appended (1:…,2:…) and moves to the front when every location has it: npm run keys -- pepper
PEPPERS=${keys.peppers}

# Private keys as a JWKS. The first signs access tokens. The public part of each is published.
SIGNING_KEYS=${keys.signingKeys}

# The sender of codes that Phonegate makes itself. They replace Twilio Verify's with OTP_ENGINE=messaging.
TWILIO_FROM=${TWIN_FROM}

# A captcha widget of the twin. TURNSTILE=risky or always requires it. Its tokens are listed at
# ${twinUrl}/twin/captchas.json.
TURNSTILE=off
TURNSTILE_SITE_KEY=${TWIN_TURNSTILE_SITE_KEY}
TURNSTILE_SECRET=${TWIN_TURNSTILE_SECRET}
TURNSTILE_BASE_URL=${twinUrl}

# Higher limits than in production, because all tests on a laptop share one address and few numbers.
LIMIT_SEND_PER_IP=100/1h
LIMIT_CHECK_PER_IP=600/1h
LIMIT_SEND_PER_PHONE=5/10m,200/1d
# The guard's breakers only log what they would do, because all your test numbers are in one range.
GUARD_RECORD=on
`;
}

/** Writes the file atomically, readable by its owner only. Returns false if it exists already. */
export async function createDevVars(path: string, text: string): Promise<boolean> {
  // A link appears whole or not at all and never replaces a file. A rename would replace it, and a
  // plain write could be cut short.
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

/** Returns a setting as the Worker will read it; undefined if it is absent or empty. */
export async function readDevVar(
  path: string,
  name: "ALLOWED_ORIGINS" | "ISSUER" | "TWILIO_BASE_URL",
): Promise<string | undefined> {
  const value = parseEnv(await readFile(path, "utf8"))[name];
  return value === "" ? undefined : value;
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
