import { unsealText, type Keyring } from "../lib/seal.ts";

/** The events for an app's backend. */
export type EventType =
  | "session.opened"
  | "session.ended"
  | "session.reuse_detected"
  | "number.verified_first"
  | "verification.approved"
  | "guard.closed";

/** A part of an event that may name a person. It is stored sealed. */
export interface SealedPart {
  /** The member of `data` for the text. Without a field the text is a JSON object of members. */
  readonly field?: string;
  /** How it was sealed: `sealText(peppers, label, text, about)`. */
  readonly label: string;
  readonly text: string;
  readonly about: string;
}

type Value = string | number | boolean | readonly string[];

/** An event before it is stored. */
export interface NewEvent {
  readonly type: EventType;
  /** Members without personal data. Undefined members are left out. */
  readonly data: Readonly<Record<string, Value | undefined>>;
  readonly sealed: readonly SealedPart[];
}

/** A stored event. It is deleted after delivery. */
export interface StoredEvent extends NewEvent {
  /** `evt_` and 128 random bits. All attempts have the same id. */
  readonly id: string;
  readonly atMs: number;
  /** When the operator sent it again. From then on it is retried for 24 hours. */
  readonly revivedAtMs?: number;
}

export const contentLabel = "event-content";

/** Returns the body to send, or undefined if the pepper of a sealed part was removed. */
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
