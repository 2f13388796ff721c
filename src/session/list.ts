import { liveFamily, type Family, type Sessions, type Step } from "./family.ts";
import type { LiveSession } from "./refresh.ts";
import type { NotLive } from "./sign-out.ts";

export type ListOutcome =
  | { readonly kind: "sessions"; readonly families: Readonly<Record<string, Family>> }
  | NotLive;

/** Returns one live session. */
export function readFamily(
  sessions: Sessions,
  id: string,
  nowMs: number,
): Step<LiveSession | NotLive> {
  const family = liveFamily(sessions, id, nowMs);
  return {
    outcome: family === undefined ? { kind: "not_live" } : { kind: "live", family },
    next: sessions,
  };
}

/** Returns the live sessions if the asking session `by` is live itself. */
export function listFamilies(sessions: Sessions, by: string, nowMs: number): Step<ListOutcome> {
  if (liveFamily(sessions, by, nowMs) === undefined)
    return { outcome: { kind: "not_live" }, next: sessions };
  const live = Object.entries(sessions.families).filter(
    ([id]) => liveFamily(sessions, id, nowMs) !== undefined,
  );
  return { outcome: { kind: "sessions", families: Object.fromEntries(live) }, next: sessions };
}
