import type { Channel } from "../contract/channels.ts";
import { assuranceOf, addChannelMethod } from "./assurance.ts";
import { liveFamily, markAsTest, noteLedger, type Sessions, type Step } from "./family.ts";
import type { LiveSession } from "./refresh.ts";
import type { NotLive } from "./sign-out.ts";

export type RaiseOutcome = LiveSession | NotLive;

/**
 * Notes that the user has entered a right code again: a new `auth_time`, and perhaps another
 * method.
 */
export function raiseFamily(
  sessions: Sessions,
  {
    id,
    channel,
    testUntilMs,
  }: { readonly id: string; readonly channel: Channel; readonly testUntilMs?: number | undefined },
  nowMs: number,
): Step<RaiseOutcome> {
  const next = structuredClone(sessions);
  const family = liveFamily(next, id, nowMs);
  if (family === undefined) return { outcome: { kind: "not_live" }, next };
  family.amr = addChannelMethod(family.amr, channel);
  family.acr = assuranceOf(family.amr);
  if (testUntilMs !== undefined) markAsTest(family, testUntilMs);
  noteLedger(next, family.ledger, nowMs);
  family.authTimeSeconds = Math.floor(nowMs / 1000);
  return { outcome: { kind: "live", family }, next };
}
