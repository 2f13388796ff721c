/** Channels of the twin. Twilio's others (email, sna, auto) are refused as invalid. */
export const inboxChannels = ["sms", "call", "whatsapp"] as const;
export type InboxChannel = (typeof inboxChannels)[number];

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

/** The phone's part of the twin's state. */
export interface Inbox {
  /** Oldest first. */
  inbox: InboxEntry[];
  /** Entries ever delivered, so that new ones can be told apart after old ones were dropped. */
  delivered: number;
}

export function deliver(phone: Inbox, entry: InboxEntry): void {
  phone.inbox.push(entry);
  phone.delivered += 1;
}

/** Newest first; of one number, or all. */
export function inboxOf(phone: Inbox, to: string | undefined): InboxEntry[] {
  return phone.inbox.filter((entry) => to === undefined || entry.to === to).toReversed();
}

/** `?to=+1…` typed by hand arrives with a space, since `+` means space in a query. */
export function numberInQuery(value: string | undefined): string | undefined {
  return value?.replace(/^ /, "+");
}
