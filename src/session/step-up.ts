import type { Channel } from "../contract/channels.ts";
import { assuranceOf, withOurs } from "./assurance.ts";
import { liveFamily, noteLedger, type Sessions, type Step } from "./family.ts";
import type { LiveSession } from "./refresh.ts";
import type { NotLive } from "./sign-out.ts";

export type RaiseOutcome = LiveSession | NotLive;

/** The person has proved himself again: a fresh time, and perhaps another factor than before. */
export function raiseFamily(
  sessions: Sessions,
  { id, channel }: { readonly id: string; readonly channel: Channel },
  nowMs: number,
): Step<RaiseOutcome> {
  const next = structuredClone(sessions);
  const family = liveFamily(next, id, nowMs);
  if (family === undefined) return { outcome: { kind: "not_live" }, next };
  family.amr = withOurs(family.amr, channel);
  family.acr = assuranceOf(family.amr);
  noteLedger(next, family.ledger, nowMs);
  family.authTimeSeconds = Math.floor(nowMs / 1000);
  return { outcome: { kind: "live", family }, next };
}
