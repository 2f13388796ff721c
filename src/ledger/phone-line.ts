import type { PhoneLine } from "../twilio/lookup.ts";
import type { Ledger, Step } from "./state.ts";

const lineMs = 30 * 24 * 60 * 60 * 1000;

/**
 * Returns Twilio Lookup's stored answer about the number's phone line, unless it is older than 30
 * days.
 */
export function knownPhoneLine({ phoneLine }: Ledger, nowMs: number): PhoneLine | undefined {
  if (phoneLine === undefined || nowMs >= phoneLine.untilMs) return undefined;
  const { untilMs: _, ...known } = phoneLine;
  return known;
}

/** Stores Twilio Lookup's answer about the number's phone line. */
export function rememberPhoneLine(ledger: Ledger, line: PhoneLine, nowMs: number): Step<void> {
  const next = structuredClone(ledger);
  next.phoneLine = { ...line, untilMs: nowMs + lineMs };
  return { outcome: undefined, next };
}
