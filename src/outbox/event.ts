import { unsealText, type Keyring } from "../lib/seal.ts";

/** What an app's backend can be told of. */
export type EventType =
  | "session.opened"
  | "session.ended"
  | "session.reuse_detected"
  | "number.verified_first"
  | "verification.approved"
  | "guard.closed";

/** A part of an event that may name a person, so it rests sealed. */
export interface SealedPart {
  /** The member of `data` that the text becomes. Without it the text is a JSON object of members. */
  readonly field?: string;
  /** How it was sealed: `sealText(peppers, label, text, about)`. */
  readonly label: string;
  readonly text: string;
  readonly about: string;
}

type Value = string | number | boolean | readonly string[];

/** What a state's rule tells of. */
export interface NewEvent {
  readonly type: EventType;
  /** What names no person. Members that are undefined are left out. */
  readonly data: Readonly<Record<string, Value | undefined>>;
  readonly sealed: readonly SealedPart[];
}

/** An event as it is stored until it is delivered. */
export interface StoredEvent extends NewEvent {
  /** `evt_` and 128 random bits: the same at every attempt. */
  readonly id: string;
  readonly atMs: number;
  /** When the operator sent it once more. It is tried for 24 hours from then on. */
  readonly revivedAtMs?: number;
}

export const contentLabel = "event-content";

/** The body to send, or undefined when a pepper that sealed a part of it is gone. */
export async function bodyOf(
  { type, atMs, data, sealed }: StoredEvent,
  peppers: Keyring,
): Promise<string | undefined> {
  const parts = await Promise.all(sealed.map((part) => open(part, peppers)));
  if (parts.includes(undefined)) return undefined;
  const timestamp = new Date(atMs).toISOString();
  const opened = Object.fromEntries(parts.flatMap((part) => Object.entries(part ?? {})));
  return JSON.stringify({ type, timestamp, data: { ...opened, ...data } });
}

async function open(
  { field, label, text, about }: SealedPart,
  peppers: Keyring,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const opened = await unsealText(peppers, label, text, about);
  if (opened === undefined) return undefined;
  if (field !== undefined) return { [field]: opened };
  const members: Readonly<Record<string, unknown>> = JSON.parse(opened);
  return members;
}
