import type { Closure } from "./closure-store.ts";

/** So many of each kind are told at once; the others a minute later. */
const mostTold = 20;
const minuteMs = 60_000;
/** An approval or a lever may end a closure before its time. */
const lookAgainMs = 15 * minuteMs;

/**
 * When an alarm tells what has closed: with the next minute, not at once. The log of this moment has
 * the last digits of the number that was held up, which are not to stand beside its prefix.
 */
export const tellAtMs = (nowMs: number): number => (Math.floor(nowMs / minuteMs) + 1) * minuteMs;

/** One closure or its end, as it is told. */
export interface News {
  readonly event: "guard.closed" | "guard.reopened";
  readonly closure: Closure;
  /** Until there is room for one send, if nothing is approved before. */
  readonly roomInMs: number;
}

/** How long a closure holds on, and until when it has no room at all; in ms, from now. */
export interface Outlook {
  readonly endsInMs: number;
  readonly roomInMs: number;
}

/** What is to be told now, and when to look again: not at all, when nothing is closed any more. */
export function newsOf(
  closures: readonly Closure[],
  look: (closure: Closure) => Outlook,
  nowMs: number,
): { readonly news: readonly News[]; readonly nextAtMs: number | undefined } {
  const untold = closures.filter(({ isTold }) => !isTold);
  const closed = untold.slice(0, mostTold);
  const over = closures.filter((closure) => closure.isTold && look(closure).endsInMs === 0);
  const ended = over.slice(0, mostTold);
  const tell = (event: News["event"]) => (closure: Closure) => ({
    event,
    closure,
    roomInMs: look(closure).roomInMs,
  });
  const news = [...closed.map(tell("guard.closed")), ...ended.map(tell("guard.reopened"))];
  const remaining = closures.filter((closure) => !ended.includes(closure));
  if (remaining.length === 0) return { news, nextAtMs: undefined };
  const isBacklog = untold.length > closed.length;
  const waits = remaining.map((closure) => look(closure).endsInMs);
  const waitMs = isBacklog ? 0 : Math.min(lookAgainMs, ...waits);
  return { news, nextAtMs: nowMs + Math.max(minuteMs, waitMs) };
}
