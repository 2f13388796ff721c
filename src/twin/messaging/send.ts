import { twilioError, type Answer } from "../answer.ts";

/** The checked parameters of a create. */
export interface Send {
  to: string;
  from: string | null;
  serviceSid: string | null;
  text: string;
  statusCallback: string | null;
  provideFeedback: boolean;
}

const E164 = /^\+[1-9]\d{6,14}$/;
const SHORT_CODE = /^\d{3,8}$/;
/** Up to eleven characters with at least one letter. */
const ALPHANUMERIC = /^(?=.*[A-Za-z])[A-Za-z0-9 +\-_&]{1,11}$/;
const SERVICE_SID = /^MG[0-9a-f]{32}$/i;
const MAX_TEXT_LENGTH = 1600;
const MAX_URL_LENGTH = 4000;
const MAX_VALIDITY_SECONDS = 36_000;

export function readSend(form: URLSearchParams): Send | Answer {
  const send: Send = {
    to: form.get("To") ?? "",
    from: form.get("From") || null,
    serviceSid: form.get("MessagingServiceSid") || null,
    text: form.get("Body") ?? "",
    statusCallback: form.get("StatusCallback") || null,
    provideFeedback: form.get("ProvideFeedback") === "true",
  };
  const code = wrongIn(send) ?? wrongValidity(form.get("ValidityPeriod"));
  return code === undefined ? send : refuse(code, send);
}

function wrongIn({ to, from, serviceSid, text, statusCallback }: Send): number | undefined {
  if (to === "") return 21604;
  if (from === null && serviceSid === null) return 21603;
  if (text === "") return 21602;
  if (text.length > MAX_TEXT_LENGTH) return 21617;
  if (!E164.test(to)) return 21211;
  if (from !== null && !isSender(from)) return 21212;
  if (serviceSid !== null && !SERVICE_SID.test(serviceSid)) return 21701;
  if (statusCallback !== null && !isCallbackUrl(statusCallback)) return 21609;
  return undefined;
}

function isSender(from: string): boolean {
  return E164.test(from) || SHORT_CODE.test(from) || ALPHANUMERIC.test(from);
}

function isCallbackUrl(text: string): boolean {
  const url = text.length <= MAX_URL_LENGTH && URL.canParse(text) ? new URL(text) : undefined;
  return /^https?:$/.test(url?.protocol ?? "") && !url?.hostname.includes("_");
}

/** Twilio lists 90007, 90014 and 30045 for similar errors. 21624 applies to a create. */
function wrongValidity(text: string | null): number | undefined {
  if (text === null) return undefined;
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return seconds >= 1 && seconds <= MAX_VALIDITY_SECONDS ? undefined : 21624;
}

/** Twilio's own messages. They quote numbers, so a client that logs a message logs a number. */
const WORDS: Readonly<Record<number, (send: Send) => string>> = {
  21211: ({ to }) => `The 'To' number ${to} is not a valid phone number.`,
  21212: ({ from }) =>
    `The 'From' number ${from} is not a valid phone number, shortcode, or alphanumeric sender ID.`,
  21408: ({ to }) =>
    `Permission to send an SMS has not been enabled for the region indicated by the 'To' number: ${to}.`,
  21606: ({ from }) =>
    `The From phone number ${from} is not a valid, SMS-capable inbound phone number or short code for your account.`,
  21609: ({ statusCallback }) => `The StatusCallback URL ${statusCallback} is not a valid URL.`,
  21612: ({ to, from }) =>
    `The 'To' phone number: ${to}, is not currently reachable using the 'From' phone number: ${from} via SMS.`,
  21614: ({ to }) => `'To' number: ${to}, is not a valid mobile number`,
};

export function refuse(code: number, send: Send): Answer {
  return twilioError(code, WORDS[code]?.(send));
}
