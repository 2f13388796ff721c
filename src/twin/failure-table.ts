import type { BrokenBody } from "./answer.ts";
import { ORDINARY_LINE, type LineFacts } from "./lookup/line.ts";
import { PLAIN_CALLBACKS, type CallbackRule } from "./messaging/callback-rule.ts";

/** The effect of a special number on the answer to a start, a check, a message or a lookup. */
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

/** The step at which the number has its effect. The step implies the product. */
export type FailingStep = "start" | "check" | "message" | "lookup";

/** Longer than the ten seconds that a client should wait. */
const TOO_LATE_MS = 12_000;
const UNRULY: CallbackRule = { ...PLAIN_CALLBACKS, delay_ms: 3000, repeat: 2, reorder: true };

const refused = (code: number, channel?: "sms"): Effect => ({
  kind: "refused",
  code,
  ...(channel && { channel }),
});
const late: Effect = { kind: "late", delayMs: TOO_LATE_MS };
const broken = (body: BrokenBody): Effect => ({ kind: "broken", body });
const lost = (status: "undelivered" | "failed", code: number): Effect => ({
  kind: "lost",
  status,
  code,
});
const line = (facts: Partial<LineFacts>): Effect => ({
  kind: "line",
  line: { ...ORDINARY_LINE, ...facts },
});

/** The last four digits after +1 201 555, the step, a description and the effect. */
export const failureRows: readonly (readonly [string, FailingStep, string, Effect])[] = [
  ["0160", "start", "Landline: a text is refused, a call works", refused(60205, "sms")],
  ["0161", "start", "Country not allowed by Geo Permissions", refused(60605)],
  ["0162", "start", "Blocked by Fraud Guard", refused(60410)],
  ["0163", "start", "Blocked by Verify", refused(60238)],
  ["0164", "start", "Too many requests to Twilio", refused(20429)],
  ["0165", "start", "Max send attempts reached, at the first start", refused(60203)],
  ["0166", "start", "Too many concurrent requests", refused(60212)],
  ["0167", "start", "Server error, nothing is sent", refused(20500)],
  ["0168", "start", "Sent, but the answer takes 12 seconds", late],
  ["0169", "start", "Sent, but the JSON breaks off", broken("truncated")],
  ["0170", "start", "Sent, but the answer is an HTML page with status 200", broken("html")],
  ["0171", "start", "Sent, but the connection breaks after the headers", broken("reset")],
  ["0172", "check", "Every check: max check attempts reached", refused(60202)],
  [
    "0173",
    "check",
    "Every check is approved, but for another number",
    { kind: "lies", about: "+12015550199" },
  ],
  ["0174", "start", "Works; the code is always 123456", { kind: "fixed_code" }],
  ["0175", "start", "Twilio reports an invalid phone number", refused(60200)],
  ["0176", "start", "Accepted, but the text never arrives", { kind: "silent" }],
  ["0177", "check", "Every check: server error, the code is not checked", refused(20500)],
  ["0178", "check", "Codes are checked, but the answer takes 12 seconds", late],
  ["0179", "start", "The service does not send texts; a call works", refused(60223, "sms")],
  ["0180", "message", "Opted out: the receiver replied STOP", refused(21610)],
  ["0181", "message", "The sender’s queue is full", refused(21611)],
  ["0182", "message", "Country not allowed by Geo Permissions", refused(21408)],
  ["0183", "message", "Landline: not a mobile number", refused(21614)],
  ["0184", "message", "No route from this sender", refused(21612)],
  ["0185", "message", "Server error, nothing is sent", refused(20500)],
  ["0186", "message", "Sent, but the answer takes 12 seconds", late],
  ["0187", "message", "Sent, but the JSON breaks off", broken("truncated")],
  ["0188", "message", "Sent, but the connection breaks after the headers", broken("reset")],
  ["0189", "message", "Undelivered: the phone is switched off", lost("undelivered", 30003)],
  ["0194", "message", "Undelivered: the number is a landline", lost("undelivered", 30006)],
  ["0195", "message", "Failed: filtered as spam", lost("failed", 30007)],
  [
    "0196",
    "message",
    "Delivered; callbacks arrive late, twice and the last one first",
    { kind: "callbacks", rule: UNRULY },
  ],
  ["0150", "lookup", "A landline", line({ type: "landline" })],
  ["0151", "lookup", "VoIP with a fixed address", line({ type: "fixedVoip" })],
  ["0152", "lookup", "VoIP without a fixed address, easy to get", line({ type: "nonFixedVoip" })],
  ["0153", "lookup", "A mobile line with a pumping score of 92", line({ score: 92 })],
  [
    "0154",
    "lookup",
    "Blocked by Fraud Guard, with a score of 100",
    line({ score: 100, isBlocked: true }),
  ],
  [
    "0155",
    "lookup",
    "Twilio does not know the line: 60601 in each package",
    line({ type: null, score: null, isBlocked: null, errorCode: 60601 }),
  ],
  ["0156", "lookup", "Server error", refused(20500)],
  ["0157", "lookup", "The answer takes 12 seconds", late],
];
