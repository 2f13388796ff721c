import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";

export class UnreadableFile extends Error {
  override readonly name = "UnreadableFile";
}

/**
 * Returns the text of a file, or undefined if it does not exist. Throws `UnreadableFile` if it
 * exists but cannot be read: such a file must not be replaced.
 */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return undefined;
    throw new UnreadableFile(`${path} cannot be read (${String(code)})`, { cause: error });
  }
}

/** Replaces a file atomically: a reader gets the whole old text or the whole new text. */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, text, { flag: "wx", mode });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Only the owner may read a file with secrets. */
export const secretMode = 0o600;
export const plainMode = 0o644;
