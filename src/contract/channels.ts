/** The engines that make and send codes: Twilio Verify, or our own messages. */
export type EngineName = "verify" | "messaging";

interface ChannelFacts {
  /** The authentication method in tokens (RFC 8176). */
  readonly amr: string;
  /**
   * The engines that can send through it. As a fallback for Twilio Verify only `messaging` is
   * possible.
   */
  readonly engines: readonly EngineName[];
  /** Whether it reaches a landline. A landline receives no texts. */
  readonly reachesLandline: boolean;
}

/**
 * All channels for codes. Requests, settings, prices, engines, tokens, OpenAPI and the client's types
 * follow from this table. The element and the twin have texts for each channel, and a test compares the
 * twin's list with this table.
 */
export const channelTable = {
  sms: { amr: "sms", engines: ["verify", "messaging"], reachesLandline: false },
  call: { amr: "tel", engines: ["verify"], reachesLandline: true },
  /** RFC 8176 has no name for WhatsApp. */
  whatsapp: { amr: "otp", engines: ["verify"], reachesLandline: false },
} as const satisfies Readonly<Record<string, ChannelFacts>>;

export type Channel = keyof typeof channelTable;

const isChannel = (name: string): name is Channel => Object.hasOwn(channelTable, name);

/** The names of all channels, in the order of the table. */
export const channels: readonly Channel[] = Object.keys(channelTable).filter(isChannel);

/** The channel of a start, a price or a setting without a channel. */
export const standardChannel = "sms" satisfies Channel;

const factsOf = (channel: Channel): ChannelFacts => channelTable[channel];

export const amrOf = (channel: Channel): string => factsOf(channel).amr;

export const isSentBy = (engine: EngineName, channel: Channel): boolean =>
  factsOf(channel).engines.includes(engine);

export const reachesLandline = (channel: Channel): boolean => factsOf(channel).reachesLandline;
