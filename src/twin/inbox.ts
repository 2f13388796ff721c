import type { TwinState } from "./state.ts";

export type InboxChannel = "sms" | "call" | "whatsapp";

/** A text or a call as the phone shows it, and as `/inbox.json` gives it. */
export interface InboxEntry {
  to: string;
  from: string;
  channel: InboxChannel;
  body: string;
  /** The code as plain digits, whatever the body does with it; null in a text without a code. */
  code: string | null;
  /** ISO 8601, the twin's time. */
  at: string;
  verification_sid?: string;
  message_sid?: string;
}

export function deliver(state: TwinState, entry: InboxEntry): void {
  state.inbox.push(entry);
  state.delivered += 1;
}

/** Newest first; of one number, or all. */
export function inboxOf(state: TwinState, to: string | undefined): InboxEntry[] {
  return state.inbox.filter((entry) => to === undefined || entry.to === to).toReversed();
}

/** `?to=+1…` typed by hand arrives with a space, since `+` means space in a query. */
export function numberInQuery(value: string | undefined): string | undefined {
  return value?.replace(/^ /, "+");
}
