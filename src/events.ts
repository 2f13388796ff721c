// A field whose name ends with `?` is optional.
const text = "text";
const number = "number";
const flag = "flag";

/**
 * All events of the log and their fields. Logging anything else does not compile. The table in
 * `docs/events.md` explains them, and a test compares the two.
 */
export const vocabulary = {
  "verification.started": { channel: text, purpose: text, "price?": number, "test?": flag },
  "verification.resent": { channel: text, purpose: text, "price?": number, "test?": flag },
  "verification.refused": {
    step: text,
    reason: text,
    "until?": text,
    "channel?": text,
    "purpose?": text,
  },
  "verification.approved": { channel: text, purpose: text, "price?": number, "test?": flag },
  "verification.canceled": {},
  "verification.delivered": { "send_request_id?": text },
  "verification.delivery_failed": {
    level: text,
    status: text,
    "error_code?": number,
    "send_request_id?": text,
  },
  "verification.fallback": { level: text },
  "verification.locale_refused": { level: text, locale: text, provider_code: number },
  "message.segments": { level: text, segments: number },
  "proof.consumed": { client_id: text, purpose: text },
  "session.opened": { id: text },
  "session.raised": { id: text },
  "session.refreshed": { id: text, repeated: flag },
  "session.reuse_detected": { level: text, id: text },
  "session.revoked": { id: text, by: text },
  "token.introspected": { client_id: text, active: flag },
  "subject.read": { client_id: text, by: text, found: flag },
  "subject.erased": { client_id: text, sessions: number },
  "subject.signed_out": { client_id: text, sessions: number },
  "guard.decision": {
    verdict: text,
    rules: text,
    "by?": text,
    "until?": text,
    "captcha?": text,
    "caller?": text,
    "address?": text,
  },
  "guard.closed": {
    level: text,
    rule: text,
    "verdict?": text,
    "country?": text,
    "prefix?": text,
    "until?": text,
  },
  "guard.reopened": { level: text, rule: text, "country?": text, "prefix?": text },
  "guard.failed_checks": { level: text },
  "guard.lever": {
    set: text,
    client_id: text,
    "country?": text,
    "prefix?": text,
    "failed_checks?": flag,
    "until?": text,
  },
  "locks.reset": { class: text, by: text, client_id: text },
  "captcha.unavailable": { level: text, "codes?": text },
  "lookup.failed": { level: text, reason: text },
  "budget.alert": { level: text, percent: number },
  "budget.exhausted": { level: text, cap: text, callers: text },
  "alert.failed": { error: text },
  "hook.refused": { hook: text },
  "hook.failed": { level: text, hook: text, reason: text },
  "event.undelivered": { level: text, id: text, type: text, attempt: number, reason: text },
  "event.dead_letter": { level: text, id: text, type: text, reason: text },
  "event.revived": { client_id: text, events: number },
  "config.invalid": { level: text, names: text },
  "provider.error": {
    "level?": text,
    "product?": text,
    error: text,
    "meaning?": text,
    "provider_code?": number,
  },
  "webhook.refused": { level: text, reason: text },
  "store.failed": { "level?": text, "store?": text, "operation?": text, error: text },
  "isolate.started": {},
  "request.refused": { code: text, status: number, method: text },
  "internal.error": { level: text, error: text },
} as const satisfies Readonly<Record<string, Readonly<Record<string, FieldKind>>>>;

/** Fields that each line has in addition, as soon as their values are known. */
export const commonFields = {
  request_id: text,
  ms: number,
  "colo?": text,
  "country?": text,
  "to?": text,
  "verification?": text,
  "sid?": text,
  "provider_request_id?": text,
  "version?": text,
  "commit?": text,
  "hops?": "milliseconds by hop",
} as const;

type FieldKind = "text" | "number" | "flag";
interface ValueOf {
  text: string;
  number: number;
  flag: boolean;
}

type Vocabulary = typeof vocabulary;
export type EventName = keyof Vocabulary;

type Kinds<Name extends EventName> = Vocabulary[Name] & Readonly<Record<string, FieldKind>>;
type Optional<Key> = Key extends `${infer Field}?` ? Field : never;
type Required<Key> = Key extends `${string}?` ? never : Key;

/** The fields of one event. */
export type FieldsOf<Name extends EventName> = {
  readonly [Field in Required<keyof Vocabulary[Name]>]: ValueOf[Kinds<Name>[Field & string]];
} & {
  readonly [Field in Optional<keyof Vocabulary[Name]>]?:
    | ValueOf[Kinds<Name>[`${Field & string}?`]]
    | undefined;
};

/** Refuses unknown fields, also those that come from a spread. */
type Exactly<Fields, Given> = Given & {
  readonly [Unknown in Exclude<keyof Given, keyof Fields>]: never;
};

/** Writes one event as a line of JSON, and as a data point if metrics are configured. */
export type Log = <Name extends EventName, Given extends FieldsOf<Name>>(
  event: Name,
  fields: Exactly<FieldsOf<Name>, Given>,
) => void;

/** Events whose only required field is the error. */
export type FailureEvent = "store.failed" | "provider.error" | "alert.failed";
