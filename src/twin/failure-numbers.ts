import type { Answer, BrokenBody } from "./answer.ts";
import type { Product } from "./faults.ts";
import { ORDINARY_LINE, type LineFacts } from "./lookup/line.ts";
import { PLAIN_CALLBACKS, type CallbackRule } from "./messaging/callback-rule.ts";

/** What is special about a number: in the answer to a start, to a check, to a message or a lookup. */
export type Effect =
  | { kind: "refused"; code: number; channel?: "sms" }
  | { kind: "late"; delayMs: number }
  | { kind: "broken"; body: BrokenBody }
  | { kind: "silent" }
  | { kind: "fixed_code" }
  | { kind: "lies"; about: string }
  | { kind: "lost"; status: "undelivered" | "failed"; code: number }
  | { kind: "callbacks"; rule: CallbackRule }
  | { kind: "line"; line: LineFacts };

/**
 * Late and broken answers come after the work is done: the text is sent, the code is used. For
 * other products than its own a number is an ordinary one.
 */
export interface FailureNumber {
  number: string;
  product: Product;
  at: "start" | "check" | "message" | "lookup";
  happens: string;
  effect: Effect;
}

/** Longer than the ten seconds a patient client waits. */
const TOO_LATE_MS = 12_000;
const UNRULY: CallbackRule = { ...PLAIN_CALLBACKS, delay_ms: 3000, repeat: 2, reorder: true };

/**
 * Ordinary mobile-looking numbers (555-01xx is reserved for fiction) that fail in known ways.
 * From …0190 to …0193 the twin's own senders stand between them. The one source for the emulator, the phone page and `/twin/numbers.json`.
 */
export const FAILURE_NUMBERS: readonly FailureNumber[] = [
  {
    number: "+12015550160",
    product: "verify",
    at: "start",
    happens: "Landline: a text is refused, a call works",
    effect: { kind: "refused", code: 60205, channel: "sms" },
  },
  {
    number: "+12015550161",
    product: "verify",
    at: "start",
    happens: "Country not allowed by Geo Permissions",
    effect: { kind: "refused", code: 60605 },
  },
  {
    number: "+12015550162",
    product: "verify",
    at: "start",
    happens: "Blocked by Fraud Guard",
    effect: { kind: "refused", code: 60410 },
  },
  {
    number: "+12015550163",
    product: "verify",
    at: "start",
    happens: "Blocked by Verify",
    effect: { kind: "refused", code: 60238 },
  },
  {
    number: "+12015550164",
    product: "verify",
    at: "start",
    happens: "Too many requests to Twilio",
    effect: { kind: "refused", code: 20429 },
  },
  {
    number: "+12015550165",
    product: "verify",
    at: "start",
    happens: "Max send attempts reached, at once",
    effect: { kind: "refused", code: 60203 },
  },
  {
    number: "+12015550166",
    product: "verify",
    at: "start",
    happens: "Too many concurrent requests",
    effect: { kind: "refused", code: 60212 },
  },
  {
    number: "+12015550167",
    product: "verify",
    at: "start",
    happens: "Server error, nothing is sent",
    effect: { kind: "refused", code: 20500 },
  },
  {
    number: "+12015550168",
    product: "verify",
    at: "start",
    happens: "Sent, but the answer takes 12 seconds",
    effect: { kind: "late", delayMs: TOO_LATE_MS },
  },
  {
    number: "+12015550169",
    product: "verify",
    at: "start",
    happens: "Sent, but the JSON breaks off",
    effect: { kind: "broken", body: "truncated" },
  },
  {
    number: "+12015550170",
    product: "verify",
    at: "start",
    happens: "Sent, but the answer is an HTML page with status 200",
    effect: { kind: "broken", body: "html" },
  },
  {
    number: "+12015550171",
    product: "verify",
    at: "start",
    happens: "Sent, but the connection breaks after the headers",
    effect: { kind: "broken", body: "reset" },
  },
  {
    number: "+12015550172",
    product: "verify",
    at: "check",
    happens: "Every check: max check attempts reached",
    effect: { kind: "refused", code: 60202 },
  },
  {
    number: "+12015550173",
    product: "verify",
    at: "check",
    happens: "Every check is approved, but for another number",
    effect: { kind: "lies", about: "+12015550199" },
  },
  {
    number: "+12015550174",
    product: "verify",
    at: "start",
    happens: "Works; the code is always 123456",
    effect: { kind: "fixed_code" },
  },
  {
    number: "+12015550175",
    product: "verify",
    at: "start",
    happens: "Twilio says it is no phone number",
    effect: { kind: "refused", code: 60200 },
  },
  {
    number: "+12015550176",
    product: "verify",
    at: "start",
    happens: "Accepted, but the text never arrives",
    effect: { kind: "silent" },
  },
  {
    number: "+12015550177",
    product: "verify",
    at: "check",
    happens: "Every check: server error, nothing is judged",
    effect: { kind: "refused", code: 20500 },
  },
  {
    number: "+12015550178",
    product: "verify",
    at: "check",
    happens: "Checks are judged, but the answer takes 12 seconds",
    effect: { kind: "late", delayMs: TOO_LATE_MS },
  },
  {
    number: "+12015550179",
    product: "verify",
    at: "start",
    happens: "The service has texts switched off; a call works",
    effect: { kind: "refused", code: 60223, channel: "sms" },
  },
  {
    number: "+12015550180",
    product: "messaging",
    at: "message",
    happens: "Opted out: the person replied STOP",
    effect: { kind: "refused", code: 21610 },
  },
  {
    number: "+12015550181",
    product: "messaging",
    at: "message",
    happens: "The sender’s queue is full",
    effect: { kind: "refused", code: 21611 },
  },
  {
    number: "+12015550182",
    product: "messaging",
    at: "message",
    happens: "Country not allowed by Geo Permissions",
    effect: { kind: "refused", code: 21408 },
  },
  {
    number: "+12015550183",
    product: "messaging",
    at: "message",
    happens: "Landline: not a mobile number",
    effect: { kind: "refused", code: 21614 },
  },
  {
    number: "+12015550184",
    product: "messaging",
    at: "message",
    happens: "No route from this sender",
    effect: { kind: "refused", code: 21612 },
  },
  {
    number: "+12015550185",
    product: "messaging",
    at: "message",
    happens: "Server error, nothing is sent",
    effect: { kind: "refused", code: 20500 },
  },
  {
    number: "+12015550186",
    product: "messaging",
    at: "message",
    happens: "Sent, but the answer takes 12 seconds",
    effect: { kind: "late", delayMs: TOO_LATE_MS },
  },
  {
    number: "+12015550187",
    product: "messaging",
    at: "message",
    happens: "Sent, but the JSON breaks off",
    effect: { kind: "broken", body: "truncated" },
  },
  {
    number: "+12015550188",
    product: "messaging",
    at: "message",
    happens: "Sent, but the connection breaks after the headers",
    effect: { kind: "broken", body: "reset" },
  },
  {
    number: "+12015550189",
    product: "messaging",
    at: "message",
    happens: "Undelivered: the phone is switched off",
    effect: { kind: "lost", status: "undelivered", code: 30003 },
  },
  {
    number: "+12015550194",
    product: "messaging",
    at: "message",
    happens: "Undelivered: a landline, as it turns out",
    effect: { kind: "lost", status: "undelivered", code: 30006 },
  },
  {
    number: "+12015550195",
    product: "messaging",
    at: "message",
    happens: "Failed: filtered as spam",
    effect: { kind: "lost", status: "failed", code: 30007 },
  },
  {
    number: "+12015550196",
    product: "messaging",
    at: "message",
    happens: "Delivered; callbacks come late, twice and the last one first",
    effect: { kind: "callbacks", rule: UNRULY },
  },
  {
    number: "+12015550150",
    product: "lookup",
    at: "lookup",
    happens: "A landline",
    effect: { kind: "line", line: { ...ORDINARY_LINE, type: "landline" } },
  },
  {
    number: "+12015550151",
    product: "lookup",
    at: "lookup",
    happens: "VoIP of a fixed address",
    effect: { kind: "line", line: { ...ORDINARY_LINE, type: "fixedVoip" } },
  },
  {
    number: "+12015550152",
    product: "lookup",
    at: "lookup",
    happens: "VoIP that anybody gets in a minute",
    effect: { kind: "line", line: { ...ORDINARY_LINE, type: "nonFixedVoip" } },
  },
  {
    number: "+12015550153",
    product: "lookup",
    at: "lookup",
    happens: "A mobile line with a pumping score of 92",
    effect: { kind: "line", line: { ...ORDINARY_LINE, score: 92 } },
  },
  {
    number: "+12015550154",
    product: "lookup",
    at: "lookup",
    happens: "Blocked by Fraud Guard, with a score of 100",
    effect: { kind: "line", line: { ...ORDINARY_LINE, score: 100, isBlocked: true } },
  },
  {
    number: "+12015550155",
    product: "lookup",
    at: "lookup",
    happens: "Nothing is known of the line: 60601 in each package",
    effect: { kind: "line", line: { type: null, score: null, isBlocked: null, errorCode: 60601 } },
  },
  {
    number: "+12015550156",
    product: "lookup",
    at: "lookup",
    happens: "Server error",
    effect: { kind: "refused", code: 20500 },
  },
  {
    number: "+12015550157",
    product: "lookup",
    at: "lookup",
    happens: "The answer takes 12 seconds",
    effect: { kind: "late", delayMs: TOO_LATE_MS },
  },
];

/** What the number does at this step, if it is one of the table. */
export function effectOf(number: string, at: FailureNumber["at"]): Effect | undefined {
  return FAILURE_NUMBERS.find((entry) => entry.number === number && entry.at === at)?.effect;
}

/** The same, where the number does it now: the terminal says that it is on purpose. */
export function effectNow(
  { tell }: { readonly tell: (line: string) => void },
  number: string,
  at: FailureNumber["at"],
): Effect | undefined {
  const entry = FAILURE_NUMBERS.find((known) => known.number === number && known.at === at);
  if (entry !== undefined)
    tell(`${number} does this on purpose: ${entry.happens}. The twin's page lists such numbers.`);
  return entry?.effect;
}

/** The work is done; the answer comes late, broken, or as it is. */
export function withEffect(answer: Answer, effect: Effect | undefined): Answer {
  if (effect?.kind === "late") return { ...answer, delayMs: effect.delayMs };
  if (effect?.kind === "broken") return { ...answer, broken: effect.body };
  return answer;
}
