const secondsPerUnit = new Map([
  ["s", 1],
  ["m", 60],
  ["h", 3600],
  ["d", 86_400],
]);

/** Returns the seconds of `30s`, `10m`, `1h` or `7d`. Any other text, also `0s`, gives undefined. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^([1-9]\d{0,6})([smhd])$/.exec(text) ?? [];
  const seconds = secondsPerUnit.get(unit ?? "");
  return seconds === undefined ? undefined : Number(amount) * seconds;
}
