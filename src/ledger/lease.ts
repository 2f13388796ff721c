import type { CallerClass } from "../contract/words.ts";
import type { Lease, Line } from "./code-state.ts";
import type { CallerRef, Ledger } from "./state.ts";

/**
 * A lease outlives a conversation (20 s at most) and the way of its settlement. When it ends without
 * a settlement, the next conversation may begin.
 */
export const leaseMs = 30_000;

/** The line is taken: the caller may wait for it. */
export interface Busy {
  readonly kind: "busy";
  /** When the lease in force ends, if it is not settled before. */
  readonly untilMs: number;
  readonly service: string;
  /** Decides the caller's place in the queue. */
  readonly caller: CallerClass;
  /** The idempotency key of the request. */
  readonly key?: string;
}

/** The first request of this idempotency key is in flight: its retry waits, and takes no place. */
export interface InFlight {
  readonly kind: "in_flight";
  readonly untilMs: number;
  /** Decides the retry's turn, should the first request be refused. */
  readonly caller: CallerClass;
}

export function lineOf(ledger: Ledger, service: string): Line {
  return (ledger.lines[service] ??= {});
}

/** Undefined when the line is free. Overdue leases must have ended before (`endOverdueLeases`). */
export function busyLine(ledger: Ledger, service: string, caller: CallerClass): Busy | undefined {
  const lease = ledger.lines[service]?.lease;
  return lease && { kind: "busy", untilMs: lease.untilMs, service, caller };
}

export function takeLine(
  ledger: Ledger,
  service: string,
  lease: Omit<Lease, "untilMs">,
  nowMs: number,
): void {
  lineOf(ledger, service).lease = { ...lease, untilMs: nowMs + leaseMs };
}

/** Ends the lease of this name and returns it; undefined when it has ended already. */
export function releaseLine(ledger: Ledger, name: string): Lease | undefined {
  for (const line of Object.values(ledger.lines)) {
    const { lease } = line;
    if (lease?.name !== name) continue;
    delete line.lease;
    return lease;
  }
  return undefined;
}

/** The callers of the checks that Twilio is judging: each may be a wrong code. */
export function checksInFlight({ lines, verifications }: Ledger): CallerRef[] {
  return Object.values(lines).flatMap(({ lease }) => {
    const judged = lease?.work === "check" ? verifications[lease.verification] : undefined;
    return judged === undefined ? [] : [judged.caller];
  });
}
