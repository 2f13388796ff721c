import type { Closure } from "./closure-store.ts";

/**
 * The most closures, and the most ends, that are reported at once. The others follow a minute
 * later.
 */
const mostReported = 20;
const minuteMs = 60_000;
/** The longest time between two looks, because approvals may end a closure early. */
const recheckMs = 15 * minuteMs;

/**
 * Returns when the alarm reports a closure: at the next full minute. The log has the last digits of the
 * refused number at this moment, and must not show the number's prefix at the same time.
 */
export const reportAtMs = (nowMs: number): number => (Math.floor(nowMs / minuteMs) + 1) * minuteMs;

/** The report of a closure or of its end. */
export interface ClosureReport {
  readonly event: "guard.closed" | "guard.reopened";
  readonly closure: Closure;
  /** Milliseconds until one send has room again, unless approvals come earlier. */
  readonly roomInMs: number;
}

/** The expected end of a closure. */
export interface Outlook {
  /** Milliseconds until the closure counts as ended. */
  readonly endsInMs: number;
  /** Milliseconds until one send has room again. */
  readonly roomInMs: number;
}

/** Returns the reports that are due, and when to look again. Without closures there is no next time. */
export function dueReports(
  closures: readonly Closure[],
  look: (closure: Closure) => Outlook,
  nowMs: number,
): { readonly reports: readonly ClosureReport[]; readonly nextAtMs: number | undefined } {
  const unreported = closures.filter(({ isReported }) => !isReported);
  const closed = unreported.slice(0, mostReported);
  const over = closures.filter((closure) => closure.isReported && look(closure).endsInMs === 0);
  const ended = over.slice(0, mostReported);
  const reportOf = (event: ClosureReport["event"]) => (closure: Closure) => ({
    event,
    closure,
    roomInMs: look(closure).roomInMs,
  });
  const reports = [
    ...closed.map(reportOf("guard.closed")),
    ...ended.map(reportOf("guard.reopened")),
  ];
  const remaining = closures.filter((closure) => !ended.includes(closure));
  if (remaining.length === 0) return { reports, nextAtMs: undefined };
  const isBacklog = unreported.length > closed.length;
  const waits = remaining.map((closure) => look(closure).endsInMs);
  const waitMs = isBacklog ? 0 : Math.min(recheckMs, ...waits);
  return { reports, nextAtMs: nowMs + Math.max(minuteMs, waitMs) };
}
