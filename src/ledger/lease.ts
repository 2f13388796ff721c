import type { CallerClass } from "../contract/words.ts";
import type { Lease, Line } from "./code-state.ts";
import type { CallerRef, Ledger } from "./state.ts";

/**
 * A lease is longer than a conversation (at most 20 s) and its settlement. If a lease ends without a
 * settlement, the next conversation may begin.
 */
export const leaseMs = 30_000;

/** Another conversation holds the line. The caller may wait for it. */
export interface Busy {
  readonly kind: "busy";
  /** When the current lease ends, unless it is settled before. */
  readonly untilMs: number;
  readonly service: string;
  /** Decides the caller's place in the queue. */
  readonly caller: CallerClass;
  /** The idempotency key of the request. */
  readonly key?: string;
}

/** The first request with this idempotency key is in flight. Its retry waits, and takes no place. */
export interface InFlight {
  readonly kind: "in_flight";
  readonly untilMs: number;
  /** Decides the retry's turn if the first request is refused. */
  readonly caller: CallerClass;
}

/** Returns the line of the service, and creates it if it is missing. */
export function lineOf(ledger: Ledger, service: string): Line {
  return (ledger.lines[service] ??= {});
}

/** Returns undefined if the line is free. Call `endOverdueLeases` before. */
export function busyLine(ledger: Ledger, service: string, caller: CallerClass): Busy | undefined {
  const lease = ledger.lines[service]?.lease;
  return lease && { kind: "busy", untilMs: lease.untilMs, service, caller };
}

/** Takes the line for one conversation. Changes `ledger`. */
export function takeLine(
  ledger: Ledger,
  service: string,
  lease: Omit<Lease, "untilMs">,
  nowMs: number,
): void {
  lineOf(ledger, service).lease = { ...lease, untilMs: nowMs + leaseMs };
}

/**
 * Ends the lease with this name and returns it, or undefined if it has already ended. Changes
 * `ledger`.
 */
export function releaseLine(ledger: Ledger, name: string): Lease | undefined {
  for (const line of Object.values(ledger.lines)) {
    const { lease } = line;
    if (lease?.name !== name) continue;
    delete line.lease;
    return lease;
  }
  return undefined;
}

/** Returns the callers of the checks that Twilio is judging. Each of them may turn out wrong. */
export function checksInFlight({ lines, verifications }: Ledger): CallerRef[] {
  return Object.values(lines).flatMap(({ lease }) => {
    const judged = lease?.work === "check" ? verifications[lease.verification] : undefined;
    return judged === undefined ? [] : [judged.caller];
  });
}
