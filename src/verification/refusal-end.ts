/** The parts of a use case's ending that the log shows. Callers learn only a part of them. */
export interface Ending {
  readonly kind: string;
  readonly by?: string;
  readonly cap?: string;
  readonly retryAfterMs?: number;
  readonly retryAfterSeconds?: number;
}

/** Returns when a refusal ends, in ISO 8601 for the log, or undefined if that is unknown. */
export function refusalEnd(
  { retryAfterMs, retryAfterSeconds }: Ending,
  nowMs: number,
): string | undefined {
  const waitMs = retryAfterMs ?? (retryAfterSeconds && retryAfterSeconds * 1000);
  return waitMs === undefined ? undefined : new Date(nowMs + waitMs).toISOString();
}
