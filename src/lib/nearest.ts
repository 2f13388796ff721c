/** A word with more changes than this is another word, not a typo. */
const mostChanges = 2;

/** Returns the candidate that differs least from `word`, by at most two changes, or undefined. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: { candidate: string; changes: number } | undefined;
  for (const candidate of candidates) {
    const changes = changesBetween(word, candidate);
    if (changes <= mostChanges && changes < (best?.changes ?? Infinity))
      best = { candidate, changes };
  }
  return best?.candidate;
}

/**
 * Counts letters to insert, delete, replace, or swap with their neighbour (optimal string
 * alignment).
 */
function changesBetween(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > mostChanges) return Infinity;
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        (last[column] ?? Infinity) + 1,
        (current[column - 1] ?? Infinity) + 1,
        (last[column - 1] ?? Infinity) + (isSame ? 0 : 1),
        isSwap ? (beforeLast[column - 2] ?? Infinity) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? Infinity;
}
