/**
 * Twilio's own test numbers ("Magic input"). Only direct calls to the twin use them: the Worker
 * refuses them as not mobile. +15005550006 and all other numbers can send.
 */
const FROM: Readonly<Record<string, number>> = {
  "+15005550001": 21212,
  "+15005550007": 21606,
  "+15005550008": 21611,
};
const TO: Readonly<Record<string, number>> = {
  "+15005550001": 21211,
  "+15005550002": 21612,
  "+15005550003": 21408,
  "+15005550004": 21610,
  "+15005550009": 21614,
};

/** Returns the error code of a test number; undefined for all other numbers. */
export function magicError(to: string, from: string | null): number | undefined {
  return TO[to] ?? FROM[from ?? ""];
}
