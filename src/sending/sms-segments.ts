// 3GPP TS 23.038 §6.2.1: the default alphabet and its extension table.
const basic = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const extension = new Set("\f^{}\\[~]|€");

/**
 * Returns how many SMS segments a text is billed as. One segment has 160 characters of GSM-7, or 70 of
 * UCS-2; each of several has 153 or 67.
 */
export function countSegments(text: string): number {
  let septets = 0;
  for (const character of text) {
    if (!basic.has(character) && !extension.has(character)) return ucs2Segments(text);
    septets += basic.has(character) ? 1 : 2;
  }
  return septets <= 160 ? 1 : countPacked(text, 153, (character) => (basic.has(character) ? 1 : 2));
}

function ucs2Segments(text: string): number {
  return text.length <= 70 ? 1 : countPacked(text, 67, (character) => character.length);
}

/** A character of two units is never split over two segments. */
function countPacked(text: string, capacity: number, size: (character: string) => number): number {
  let segments = 1;
  let used = 0;
  for (const character of text) {
    if (used + size(character) > capacity) {
      segments += 1;
      used = 0;
    }
    used += size(character);
  }
  return segments;
}
