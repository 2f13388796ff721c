/** The basic table of GSM 03.38, without its escape character. */
const GSM_BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** The extension table of GSM 03.38. Each of these counts as two characters. */
const GSM_EXTENDED = new Set("\f^{}\\[~]|€");

/**
 * The characters that fit into a single text, and into each of several texts. A header takes the
 * difference.
 */
const GSM_ROOM = { single: 160, joined: 153 };
const UCS2_ROOM = { single: 70, joined: 67 };

/**
 * Returns the number of texts that a body needs. An escaped character or a surrogate pair is never
 * split.
 */
export function segmentsOf(body: string): number {
  const characters = Array.from(body);
  const isGsm = characters.every((one) => GSM_BASIC.has(one) || GSM_EXTENDED.has(one));
  const widths = characters.map((one) => (isGsm ? (GSM_EXTENDED.has(one) ? 2 : 1) : one.length));
  const room = isGsm ? GSM_ROOM : UCS2_ROOM;
  if (widths.reduce((sum, width) => sum + width, 0) <= room.single) return 1;
  let segments = 1;
  let used = 0;
  for (const width of widths) {
    if (used + width > room.joined) {
      segments += 1;
      used = 0;
    }
    used += width;
  }
  return segments;
}
