/** The ways in which an answer can arrive broken. */
export type BrokenBody = "truncated" | "html" | "reset";

/** The answer to an API call. `body: null` means an empty body. */
export interface Answer {
  status: number;
  body: unknown;
  delayMs?: number;
  broken?: BrokenBody;
}

/**
 * Status and message of the Twilio errors that the twin can answer (twilio.com/docs/api/errors).
 */
const ERRORS: Readonly<Record<number, readonly [status: number, message: string]>> = {
  20001: [400, "Bad request"],
  20003: [401, "Authenticate"],
  20004: [405, "Method not allowed"],
  20404: [404, "The requested resource was not found"],
  20429: [429, "Too many requests"],
  20500: [500, "An internal server error has occurred"],
  21211: [400, "Invalid 'To' phone number"],
  21212: [400, "Invalid 'From' phone number"],
  21408: [400, "Permission to send an SMS has not been enabled for the region"],
  21602: [400, "Message body is required."],
  21603: [400, "A 'From' phone number is required."],
  21604: [400, "A 'To' phone number is required."],
  21606: [400, "The 'From' phone number is not SMS-capable"],
  21609: [400, "Invalid 'StatusCallback' URL"],
  21610: [400, "Attempt to send to unsubscribed recipient"],
  21611: [429, "This 'From' number has exceeded the maximum number of queued messages"],
  21612: [400, "The 'To' phone number is not currently reachable via SMS"],
  21614: [400, "'To' number is not a valid mobile number"],
  21617: [400, "The concatenated message body exceeds the 1600 character limit"],
  21624: [400, "Invalid validity period value"],
  21701: [400, "The Messaging Service does not exist"],
  60200: [400, "Invalid parameter"],
  60206: [400, "Amount and Payee params are required"],
  60202: [429, "Max check attempts reached"],
  60203: [429, "Max send attempts reached"],
  60204: [403, "Custom code not allowed"],
  60205: [403, "SMS is not supported by landline phone number"],
  60214: [400, "Call channel is not supported when using PSD2"],
  60223: [400, "Delivery channel disabled"],
  60212: [429, "Too many concurrent requests for phone number"],
  60238: [403, "Verify blocked the verification attempt"],
  60410: [403, "Verification delivery attempt blocked"],
  60605: [403, "The destination country is blocked by Geo Permissions"],
};

/** Returns the HTTP status of a Twilio error code; 400 for an unknown code. */
export function statusOfCode(code: number): number {
  return ERRORS[code]?.[0] ?? 400;
}

/** Returns an error in Twilio's format, which all its products share. */
export function twilioError(
  code: number,
  message = ERRORS[code]?.[1] ?? `Error ${code}`,
  status = statusOfCode(code),
): Answer {
  const moreInfo = `https://www.twilio.com/docs/errors/${code}`;
  return { status, body: { code, message, more_info: moreInfo, status } };
}

/** Returns a 404 with Twilio's message. It quotes the path without the version. */
export function notFound(path: string): Answer {
  const resource = path.replace(/^\/v\d+/, "");
  return twilioError(20404, `The requested resource ${resource} was not found`);
}

/**
 * Returns error 60200. Twilio's real answers quote the value of `To`, and only name other
 * parameters.
 */
export function invalidParameter(name: string, value?: string): Answer {
  if (value === undefined) return twilioError(60200, `Invalid parameter: ${name}`);
  return twilioError(60200, `Invalid parameter \`${name}\`: ${value}`);
}

/** Formats a time as Verify does: RFC 3339 without fractions. */
export function verifyTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}
