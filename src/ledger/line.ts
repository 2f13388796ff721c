import type { Line } from "../twilio/lookup.ts";
import type { Ledger, Step } from "./state.ts";

const lineMs = 30 * 24 * 60 * 60 * 1000;

/** What Twilio Lookup has said of the number's line, as long as it is believed. */
export function rememberedLine({ line }: Ledger, nowMs: number): Line | undefined {
  if (line === undefined || nowMs >= line.untilMs) return undefined;
  const { untilMs: _, ...known } = line;
  return known;
}

export function rememberLine(ledger: Ledger, line: Line, nowMs: number): Step<void> {
  const next = structuredClone(ledger);
  next.line = { ...line, untilMs: nowMs + lineMs };
  return { outcome: undefined, next };
}
