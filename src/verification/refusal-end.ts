/** What an ending of a use case may say of why and until when; most of it is for the log alone. */
export interface Ending {
  readonly kind: string;
  readonly by?: string;
  readonly cap?: string;
  readonly retryAfterMs?: number;
  readonly retryAfterSeconds?: number;
}

/** When a refusal ends, where that is known: to the millisecond, which no caller is told. */
export function endOf(
  { retryAfterMs, retryAfterSeconds }: Ending,
  nowMs: number,
): string | undefined {
  const waitMs = retryAfterMs ?? (retryAfterSeconds && retryAfterSeconds * 1000);
  return waitMs === undefined ? undefined : new Date(nowMs + waitMs).toISOString();
}
