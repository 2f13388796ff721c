import { readFileSync } from "node:fs";
import { join } from "node:path";

const pages = join(import.meta.dirname, "../../docs");
const command =
  /^( *)```sh\n([\s\S]*?)^ *```$|(?<!`)`((?:npm run|npx wrangler|curl) [^`]+)`(?!`)/gm;

/** Returns the commands of a page in order: blocks of `sh`, and commands in backticks. */
export function commandsOf(page: string): string[] {
  const text = readFileSync(join(pages, page), "utf8");
  return [...text.matchAll(command)].map(([, indent = "", block, inline]) =>
    block === undefined
      ? (inline ?? "")
      : block.replaceAll(new RegExp(`^${indent}`, "gm"), "").trim(),
  );
}
