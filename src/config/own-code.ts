import type { EnvReader } from "../lib/env-reader.ts";
import { readMessageTexts, type MessageTexts } from "./message-texts.ts";

/** Codes of our own, sent through Twilio Programmable Messaging. */
export interface OwnCodeConfig {
  /** The number of digits. */
  readonly length: number;
  readonly lifetimeSeconds: number;
  readonly message: MessageTemplate;
  readonly sender: Sender;
}

export interface MessageTemplate {
  /** Each contains `{code}` once, and may contain `{app}` and `{minutes}`. */
  readonly texts: MessageTexts;
  /** The texts for transactions. Each also contains `{payee}` and `{amount}`. */
  readonly transactionTexts: MessageTexts;
  readonly appName: string;
  /** The domain of the page that reads the code with WebOTP. */
  readonly webOtpDomain: string | undefined;
  /** The 11 characters by which Android's SMS Retriever finds the app. */
  readonly androidAppHash: string | undefined;
}

export type Sender = { readonly from: string } | { readonly messagingServiceSid: string };

/** NIST SP 800-63B-4 §3.1.3.2: at least six digits, valid for at most ten minutes. */
const leastConformingLength = 6;
const longestConformingSeconds = 600;

/**
 * Reads the settings of our own codes. Returns undefined without a sender, or after reporting a
 * problem.
 */
export function readOwnCode(
  reader: EnvReader,
  appName: string,
  isNeeded: boolean,
): OwnCodeConfig | undefined {
  const length = readLength(reader);
  const lifetimeSeconds = reader.duration("OTP_TTL", 600, 60, 3600);
  const texts = readMessageTexts(reader);
  const webOtpDomain = reader.matching(
    "WEBOTP_DOMAIN",
    /^(?=.{1,100}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
    "must be the page's host name, such as www.example.com",
  );
  const androidAppHash = reader.matching(
    "ANDROID_APP_HASH",
    /^[A-Za-z0-9+/]{11}$/,
    "must be the app's 11 characters for the SMS Retriever",
  );
  requireConsent(reader, length, lifetimeSeconds);
  const sender = readSender(reader, isNeeded);
  if (sender === undefined) return undefined;
  return {
    length,
    lifetimeSeconds,
    sender,
    message: { ...texts, appName, webOtpDomain, androidAppHash },
  };
}

function readLength(reader: EnvReader): number {
  const digits = reader.matching("OTP_LENGTH", /^([4-9]|10)$/, "must be a number from 4 to 10");
  return digits === undefined ? leastConformingLength : Number(digits);
}

/** The operator may choose a weaker code, but must confirm that with a setting of its own. */
function requireConsent(reader: EnvReader, length: number, lifetimeSeconds: number): void {
  const consent = reader.flag("ALLOW_NONCONFORMING");
  const cure = "needs ALLOW_NONCONFORMING=on, because NIST SP 800-63B-4 §3.1.3.2 requires";
  if (!consent && length < leastConformingLength)
    reader.problem("OTP_LENGTH", `${cure} six digits or more`);
  if (!consent && lifetimeSeconds > longestConformingSeconds)
    reader.problem("OTP_TTL", `${cure} ten minutes or less`);
}

function readSender(reader: EnvReader, isNeeded: boolean): Sender | undefined {
  const from = reader.matching(
    "TWILIO_FROM",
    /^(\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 +&_-]{1,11})$/,
    "must be a number in E.164, a short code, or a sender name of 1 to 11 characters",
  );
  const messagingServiceSid = reader.matching(
    "TWILIO_MESSAGING_SERVICE_SID",
    /^MG[0-9a-f]{32}$/,
    "must be MG and 32 hexadecimal digits",
  );
  if (from !== undefined && messagingServiceSid !== undefined)
    return reader.problem(
      "TWILIO_FROM",
      "cannot be set together with TWILIO_MESSAGING_SERVICE_SID",
    );
  if (from !== undefined) return { from };
  if (messagingServiceSid !== undefined) return { messagingServiceSid };
  return isNeeded
    ? reader.problem(
        "TWILIO_FROM",
        "must be set, or TWILIO_MESSAGING_SERVICE_SID: the sender of our texts",
      )
    : undefined;
}
