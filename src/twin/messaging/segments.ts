/** GSM 03.38, the basic table; its escape character is no text. */
const GSM_BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** GSM 03.38, the extension table: each is written as two characters. */
const GSM_EXTENDED = new Set("\f^{}\\[~]|€");

/** Room in a text that is alone, and in one of several: their header takes the difference. */
const GSM_ROOM = { alone: 160, together: 153 };
const UCS2_ROOM = { alone: 70, together: 67 };

/** How many texts a body takes. Neither an escaped character nor a surrogate pair is cut in two. */
export function segmentsOf(body: string): number {
  const characters = Array.from(body);
  const isGsm = characters.every((one) => GSM_BASIC.has(one) || GSM_EXTENDED.has(one));
  const widths = characters.map((one) => (isGsm ? (GSM_EXTENDED.has(one) ? 2 : 1) : one.length));
  const room = isGsm ? GSM_ROOM : UCS2_ROOM;
  if (widths.reduce((sum, width) => sum + width, 0) <= room.alone) return 1;
  let segments = 1;
  let used = 0;
  for (const width of widths) {
    if (used + width > room.together) {
      segments += 1;
      used = 0;
    }
    used += width;
  }
  return segments;
}
