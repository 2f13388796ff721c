import { keptMs } from "./first-verified.ts";
import type { Ledger, Step, Verification } from "./state.ts";

/** Bounds the state. The subject whose last sign-in is the longest ago makes room. */
export const maxSubjects = 16;

/** Notes that a subject signed in with the number. Changes `ledger`. */
export function noteSubject(
  ledger: Ledger,
  { name, sealed }: NonNullable<Verification["subject"]>,
  nowMs: number,
): void {
  const { [name]: _, ...others } = ledger.subjects ?? {};
  const oldestFirst = Object.entries(others).toSorted(([, one], [, two]) => one.atMs - two.atMs);
  const kept = oldestFirst.slice(-(maxSubjects - 1));
  ledger.subjects = Object.fromEntries([...kept, [name, { sealed, atMs: nowMs }]]);
}

/** Notes a subject that a session hook named, after its sign-in. Idempotent. */
export function recordSubject(
  ledger: Ledger,
  subject: NonNullable<Verification["subject"]>,
  nowMs: number,
): Step<void> {
  const next = structuredClone(ledger);
  noteSubject(next, subject, nowMs);
  return { outcome: undefined, next };
}

export interface NumberRecord {
  /** The newest sign-in first. */
  readonly subjects: readonly { readonly name: string; readonly sealed: string }[];
  /** Milliseconds since the epoch; undefined when no right code is remembered. */
  readonly firstVerifiedAtMs: number | undefined;
}

/** Who signed in with the number, for a backend that may know it. */
export function readSubjects(ledger: Ledger, _request: null, nowMs: number): Step<NumberRecord> {
  const live = Object.entries(ledger.subjects ?? {}).filter(
    ([, { atMs }]) => nowMs < atMs + keptMs,
  );
  const newestFirst = live.toSorted(([, one], [, two]) => two.atMs - one.atMs);
  const isKept = ledger.verified !== undefined && nowMs < ledger.verified.untilMs;
  const outcome = {
    subjects: newestFirst.map(([name, { sealed }]) => ({ name, sealed })),
    firstVerifiedAtMs: isKept ? ledger.verified?.firstAtMs : undefined,
  };
  return { outcome, next: ledger };
}

/**
 * Forgets one subject, or with `all` every subject and when the number was first verified. Idempotent.
 * Verifications keep no subject either: one in flight must not bring it back.
 */
export function forgetSubjects(
  ledger: Ledger,
  request: { readonly name: string } | "all",
): Step<void> {
  const next = structuredClone(ledger);
  const isForgotten = (name: string) => request === "all" || request.name === name;
  for (const name of Object.keys(next.subjects ?? {}))
    if (isForgotten(name)) delete next.subjects?.[name];
  if (Object.keys(next.subjects ?? {}).length === 0) delete next.subjects;
  for (const verification of Object.values(next.verifications))
    if (verification.subject && isForgotten(verification.subject.name)) delete verification.subject;
  if (request === "all") delete next.verified;
  return { outcome: undefined, next };
}

/** Deletes what was kept long enough, and returns the times at which more can go. */
export function pruneSubjects(ledger: Ledger, nowMs: number): number[] {
  const due: number[] = [];
  for (const [name, { atMs }] of Object.entries(ledger.subjects ?? {}))
    if (nowMs >= atMs + keptMs) delete ledger.subjects?.[name];
    else due.push(atMs + keptMs);
  if (due.length === 0) delete ledger.subjects;
  return due;
}
