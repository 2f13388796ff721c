import type { Fault } from "./faults.ts";
import type { InboxEntry } from "./inbox.ts";
import { seededService, type Service } from "./verify/service.ts";
import type { Verification } from "./verify/verification.ts";

/** Everything the twin knows, as one JSON value. */
export interface TwinState {
  /** A stored state of another version is forgotten. */
  version: 1;
  /** How far the twin's clock runs ahead of the machine's. */
  advancedSeconds: number;
  services: Service[];
  verifications: Verification[];
  /** Oldest first. */
  inbox: InboxEntry[];
  /** Entries ever delivered, so that what is new can be told after old ones were dropped. */
  delivered: number;
  faults: Fault[];
}

const KEEP_VERIFICATIONS_MS = 24 * 60 * 60 * 1000;
const MAX_VERIFICATIONS = 5000;
const MAX_INBOX = 1000;

export function freshState(nowMs: number): TwinState {
  return {
    version: 1,
    advancedSeconds: 0,
    services: [seededService(nowMs)],
    verifications: [],
    inbox: [],
    delivered: 0,
    faults: [],
  };
}

/** Drops what is long over, so that a twin that runs for weeks stays small. */
export function prune(state: TwinState, nowMs: number): void {
  const oldestMs = nowMs - KEEP_VERIFICATIONS_MS;
  if (
    state.verifications.length > MAX_VERIFICATIONS ||
    state.verifications.some((verification) => verification.createdMs < oldestMs)
  ) {
    state.verifications = state.verifications
      .filter((verification) => verification.createdMs >= oldestMs)
      .slice(-MAX_VERIFICATIONS);
  }
  if (state.inbox.length > MAX_INBOX) state.inbox = state.inbox.slice(-MAX_INBOX);
}
