import type { BrokenBody } from "./answer.ts";

/** What is special about a number: in the answer to a start, or to a check. */
export type Effect =
  | { kind: "refused"; code: number; channel?: "sms" }
  | { kind: "late"; delayMs: number }
  | { kind: "broken"; body: BrokenBody }
  | { kind: "silent" }
  | { kind: "fixed_code" }
  | { kind: "lies"; about: string };

/** Late and broken answers come after the work is done: the text is sent, the code is used. */
export interface FailureNumber {
  number: string;
  at: "start" | "check";
  happens: string;
  effect: Effect;
}

/** Longer than the ten seconds a patient client waits. */
const TOO_LATE_MS = 12_000;

/**
 * Ordinary mobile-looking numbers (555-01xx is reserved for fiction) that fail in known ways.
 * The one source for the emulator, the phone page and `/twin/numbers.json`.
 */
export const FAILURE_NUMBERS: readonly FailureNumber[] = [
  {
    number: "+12015550160",
    at: "start",
    happens: "Landline: a text is refused, a call works",
    effect: { kind: "refused", code: 60205, channel: "sms" },
  },
  {
    number: "+12015550161",
    at: "start",
    happens: "Country not allowed by Geo Permissions",
    effect: { kind: "refused", code: 60605 },
  },
  {
    number: "+12015550162",
    at: "start",
    happens: "Blocked by Fraud Guard",
    effect: { kind: "refused", code: 60410 },
  },
  {
    number: "+12015550163",
    at: "start",
    happens: "Blocked by Verify",
    effect: { kind: "refused", code: 60238 },
  },
  {
    number: "+12015550164",
    at: "start",
    happens: "Too many requests to Twilio",
    effect: { kind: "refused", code: 20429 },
  },
  {
    number: "+12015550165",
    at: "start",
    happens: "Max send attempts reached, at once",
    effect: { kind: "refused", code: 60203 },
  },
  {
    number: "+12015550166",
    at: "start",
    happens: "Too many concurrent requests",
    effect: { kind: "refused", code: 60212 },
  },
  {
    number: "+12015550167",
    at: "start",
    happens: "Server error, nothing is sent",
    effect: { kind: "refused", code: 20500 },
  },
  {
    number: "+12015550168",
    at: "start",
    happens: "Sent, but the answer takes 12 seconds",
    effect: { kind: "late", delayMs: TOO_LATE_MS },
  },
  {
    number: "+12015550169",
    at: "start",
    happens: "Sent, but the JSON breaks off",
    effect: { kind: "broken", body: "truncated" },
  },
  {
    number: "+12015550170",
    at: "start",
    happens: "Sent, but the answer is an HTML page with status 200",
    effect: { kind: "broken", body: "html" },
  },
  {
    number: "+12015550171",
    at: "start",
    happens: "Sent, but the connection breaks after the headers",
    effect: { kind: "broken", body: "reset" },
  },
  {
    number: "+12015550172",
    at: "check",
    happens: "Every check: max check attempts reached",
    effect: { kind: "refused", code: 60202 },
  },
  {
    number: "+12015550173",
    at: "check",
    happens: "Every check is approved, but for another number",
    effect: { kind: "lies", about: "+12015550199" },
  },
  {
    number: "+12015550174",
    at: "start",
    happens: "Works; the code is always 123456",
    effect: { kind: "fixed_code" },
  },
  {
    number: "+12015550175",
    at: "start",
    happens: "Twilio says it is no phone number",
    effect: { kind: "refused", code: 60200 },
  },
  {
    number: "+12015550176",
    at: "start",
    happens: "Accepted, but the text never arrives",
    effect: { kind: "silent" },
  },
  {
    number: "+12015550177",
    at: "check",
    happens: "Every check: server error, nothing is judged",
    effect: { kind: "refused", code: 20500 },
  },
  {
    number: "+12015550178",
    at: "check",
    happens: "Checks are judged, but the answer takes 12 seconds",
    effect: { kind: "late", delayMs: TOO_LATE_MS },
  },
];

/** What the number does at this step, if it is one of the table. */
export function effectOf(number: string, at: FailureNumber["at"]): Effect | undefined {
  return FAILURE_NUMBERS.find((entry) => entry.number === number && entry.at === at)?.effect;
}
