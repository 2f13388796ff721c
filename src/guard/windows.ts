import type { Limit } from "../lib/env-reader.ts";

/** Events of one window, which begins with its first event. Key: the window's length in seconds. */
export type Windows = Readonly<Record<string, OpenWindow>>;
export interface OpenWindow {
  readonly startedAtMs: number;
  readonly count: number;
}

export type WindowsOutcome =
  | { readonly kind: "pass"; readonly next: Windows }
  | {
      readonly kind: "over";
      /** The limit that opens last among those that are full. */
      readonly limit: Limit;
      readonly retryAfterSeconds: number;
    };

/** Counts one event in every window, or says which is full; a refused event is not counted. */
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
  // A start in the future is a clock that went back, or another location's: begin anew.
  const isOpen =
    known !== undefined &&
    known.startedAtMs <= nowMs &&
    nowMs < known.startedAtMs + limit.seconds * 1000;
  return isOpen ? known : { startedAtMs: nowMs, count: 0 };
}

/** Seconds until the last of these windows is over. */
export function secondsLeft(windows: Windows, nowMs: number): number {
  const ends = Object.entries(windows).map(
    ([seconds, { startedAtMs }]) => startedAtMs + Number(seconds) * 1000,
  );
  return Math.ceil((Math.max(nowMs, ...ends) - nowMs) / 1000);
}
