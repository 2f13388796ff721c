/** Channels of the twin. Twilio's others (email, sna, auto) are refused as invalid. */
export const inboxChannels = ["sms", "call", "whatsapp"] as const;
export type InboxChannel = (typeof inboxChannels)[number];

/** A text or a call in the format of the phone's page and `/inbox.json`. */
export interface InboxEntry {
  to: string;
  from: string;
  channel: InboxChannel;
  body: string;
  /** The code as plain digits, even if the body formats it; null without a code. */
  code: string | null;
  /** The twin's time, in ISO 8601. */
  at: string;
  verification_sid?: string;
  message_sid?: string;
}

/** The phone's part of the twin's state. */
export interface Inbox {
  /** Oldest first. */
  inbox: InboxEntry[];
  /** The number of all delivered entries, to recognise new ones after old ones were dropped. */
  delivered: number;
}

export function deliver(phone: Inbox, entry: InboxEntry): void {
  phone.inbox.push(entry);
  phone.delivered += 1;
}

/** Returns the entries of one number or of all, newest first. */
export function inboxOf(phone: Inbox, to: string | undefined): InboxEntry[] {
  return phone.inbox.filter((entry) => to === undefined || entry.to === to).toReversed();
}

/** Restores the plus of `?to=+1…`: a query turns it into a space. */
export function numberInQuery(value: string | undefined): string | undefined {
  return value?.replace(/^ /, "+");
}
