import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";

export class UnreadableFile extends Error {
  override readonly name = "UnreadableFile";
}

/** The text of a file, or undefined where there is none. `UnreadableFile`: it is there, and is not ours to replace. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return undefined;
    throw new UnreadableFile(`${path} cannot be read (${String(code)})`, { cause: error });
  }
}

/** Replaces a file at once: whoever reads it finds the old text or the new one, never a half. */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, text, { flag: "wx", mode });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Its owner alone may read what holds secrets. */
export const secretMode = 0o600;
export const plainMode = 0o644;
