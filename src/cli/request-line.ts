import { stripVTControlCharacters } from "node:util";

const request = /^\[wrangler:info\] ([A-Z]+ \/.* \d{3} .*)$/;

/**
 * Returns what `npm run dev` prints for a line of wrangler: a request with its answer, or a reload.
 * Returns undefined for every other line.
 */
export function requestLine(line: string): string | undefined {
  const text = stripVTControlCharacters(line).trim();
  if (text.startsWith("⎔ Reloading")) return "A file has changed: reloading …";
  if (text.startsWith("⎔ Local server updated")) return "Reloaded.";
  return request.exec(text)?.[1];
}
