import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

/** Files of one kind, that are served without the Worker. */
export interface Assets {
  /** By their path below the origin, without the first slash. */
  readonly files: ReadonlyMap<string, Uint8Array | string>;
  /** Blocks of `_headers`, by path. One path has one block: two would be joined. */
  readonly headers: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What every answer of the Worker has as well. */
export const safe = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=31536000",
};
/** For what has its own hash in its name. */
export const unchanging = { ...safe, "Cache-Control": "public, max-age=31536000, immutable" };
export const shortLived = { ...safe, "Cache-Control": "public, max-age=300" };

/** `docs.js` is `docs.0123456789ab.js`: another content has another name. */
export function withHash(name: string, content: Uint8Array): string {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  return name.replace(/(\.\w+)$/, `.${hash}$1`);
}

/** Writes all of them into a folder, and takes away what is of an earlier build. */
export async function writeAssets(target: string, kinds: readonly Assets[]): Promise<void> {
  const files = new Map(kinds.flatMap((kind) => [...kind.files]));
  files.set("_headers", headersFile(kinds));
  const half = `${target}.${process.pid}`;
  for (const [path, content] of files) await writeWhole(join(target, path), content, half);
  const found = await readdir(target, { recursive: true, withFileTypes: true });
  for (const entry of found.filter((one) => one.isFile())) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(target, file).split(sep).join("/");
    if (!files.has(path)) await rm(file, { force: true });
  }
}

function headersFile(kinds: readonly Assets[]): string {
  const blocks = kinds
    .flatMap(({ headers }) => Object.entries(headers))
    .map(([path, fields]) =>
      [path, ...Object.entries(fields).map(([name, value]) => `  ${name}: ${value}`)].join("\n"),
    );
  return `${blocks.join("\n\n")}\n`;
}

/** Whoever reads it meanwhile, another build for instance, finds the old file or the new one, whole. */
async function writeWhole(file: string, content: Uint8Array | string, half: string): Promise<void> {
  const old = await readFile(file).catch(() => undefined);
  if (old?.equals(Buffer.from(content)) === true) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(half, content);
  await rename(half, file);
}
