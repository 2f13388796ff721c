import type { Channel } from "../../wire.ts";
import type { Texts } from "./texts.ts";

/** The names of each channel's texts. */
export const channelTexts: Readonly<
  Record<Channel, { readonly button: keyof Texts; readonly sent: keyof Texts }>
> = {
  sms: { button: "again", sent: "sentText" },
  call: { button: "call", sent: "sentCall" },
  whatsapp: { button: "whatsapp", sent: "sentWhatsapp" },
};
