import type { Limit } from "../lib/env-reader.ts";

/** Open windows, by their length in seconds. A window begins with its first event. */
export type Windows = Readonly<Record<string, OpenWindow>>;
export interface OpenWindow {
  readonly startedAtMs: number;
  readonly count: number;
}

export type WindowsOutcome =
  | { readonly kind: "pass"; readonly next: Windows }
  | {
      readonly kind: "over";
      /** The limit that opens last of all limits that are reached. */
      readonly limit: Limit;
      readonly retryAfterSeconds: number;
    };

/**
 * Counts one event in all windows, or returns the limit that is reached. A refused event is not
 * counted.
 */
export function countEvent(
  windows: Windows,
  limits: readonly Limit[],
  nowMs: number,
): WindowsOutcome {
  const next: Record<string, OpenWindow> = {};
  let full: { limit: Limit; opensAtMs: number } | undefined;
  for (const limit of limits) {
    const { startedAtMs, count } = openWindow(windows, limit, nowMs);
    const opensAtMs = startedAtMs + limit.seconds * 1000;
    if (count >= limit.count && (full === undefined || opensAtMs > full.opensAtMs))
      full = { limit, opensAtMs };
    next[limit.seconds] = { startedAtMs, count: count + 1 };
  }
  if (full === undefined) return { kind: "pass", next };
  const retryAfterSeconds = Math.max(1, Math.ceil((full.opensAtMs - nowMs) / 1000));
  return { kind: "over", limit: full.limit, retryAfterSeconds };
}

function openWindow(windows: Windows, limit: Limit, nowMs: number): OpenWindow {
  const known = windows[limit.seconds];
  // A start in the future comes from a clock that went back, or from another location. A new window begins.
  const isOpen =
    known !== undefined &&
    known.startedAtMs <= nowMs &&
    nowMs < known.startedAtMs + limit.seconds * 1000;
  return isOpen ? known : { startedAtMs: nowMs, count: 0 };
}

/** Returns the seconds until the last window ends. */
export function secondsLeft(windows: Windows, nowMs: number): number {
  const ends = Object.entries(windows).map(
    ([seconds, { startedAtMs }]) => startedAtMs + Number(seconds) * 1000,
  );
  return Math.ceil((Math.max(nowMs, ...ends) - nowMs) / 1000);
}
