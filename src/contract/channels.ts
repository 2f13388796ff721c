/** The engines that make and send codes: Twilio Verify, or our own messages. */
export type EngineName = "verify" | "messaging";

interface ChannelFacts {
  /** What a token says of the proof (RFC 8176). */
  readonly amr: string;
  /** Those that can send by it. Where Twilio Verify fails, only `messaging` can take over. */
  readonly engines: readonly EngineName[];
  /** Whether it reaches a landline, which takes no texts. */
  readonly reachesLandline: boolean;
}

/**
 * Every way to send a code. What depends on the channel follows from this table: requests, settings,
 * prices, engines, tokens, OpenAPI, the client's types. The texts of the element and of the twin name
 * each channel; a test compares the twin's list with this one.
 */
export const channelTable = {
  sms: { amr: "sms", engines: ["verify", "messaging"], reachesLandline: false },
  call: { amr: "tel", engines: ["verify"], reachesLandline: true },
  /** RFC 8176 has no name for WhatsApp. */
  whatsapp: { amr: "otp", engines: ["verify"], reachesLandline: false },
} as const satisfies Readonly<Record<string, ChannelFacts>>;

export type Channel = keyof typeof channelTable;

const isChannel = (name: string): name is Channel => Object.hasOwn(channelTable, name);

/** In the order of the table. */
export const channels: readonly Channel[] = Object.keys(channelTable).filter(isChannel);

/** The channel of a start, a price or a setting that names none. */
export const standardChannel = "sms" satisfies Channel;

const factsOf = (channel: Channel): ChannelFacts => channelTable[channel];

export const amrOf = (channel: Channel): string => factsOf(channel).amr;

export const isSentBy = (engine: EngineName, channel: Channel): boolean =>
  factsOf(channel).engines.includes(engine);

export const reachesLandline = (channel: Channel): boolean => factsOf(channel).reachesLandline;
