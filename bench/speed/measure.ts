import { performance } from "node:perf_hooks";

/** The quantile of a sorted list: 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const index = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  const value = sorted[index];
  if (value === undefined) throw new Error("nothing was measured");
  return value;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Milliseconds of one call, up to the last byte of its answer. */
export async function timed<Outcome>(
  call: () => Promise<Outcome>,
): Promise<{ ms: number; outcome: Outcome }> {
  const beganAt = performance.now();
  const outcome = await call();
  return { ms: performance.now() - beganAt, outcome };
}
