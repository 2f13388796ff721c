import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

/** Files of one kind that Cloudflare serves without running the Worker. */
export interface Assets {
  /** The content of each file, by its path below the origin without the first slash. */
  readonly files: ReadonlyMap<string, Uint8Array | string>;
  /** The blocks of `_headers`, by path. Each path has one block, because Cloudflare joins two. */
  readonly headers: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The headers that every answer of the Worker has too. */
export const safe = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=31536000",
};
/** The headers of a file whose name contains its hash. */
export const unchanging = { ...safe, "Cache-Control": "public, max-age=31536000, immutable" };
export const shortLived = { ...safe, "Cache-Control": "public, max-age=300" };

/** Adds the content's hash to a file name: `docs.js` becomes `docs.0123456789ab.js`. */
export function withHash(name: string, content: Uint8Array): string {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  return name.replace(/(\.\w+)$/, `.${hash}$1`);
}

/** Writes all files into a folder and deletes the files of earlier builds. */
export async function writeAssets(target: string, kinds: readonly Assets[]): Promise<void> {
  const files = new Map(kinds.flatMap((kind) => [...kind.files]));
  files.set("_headers", headersFile(kinds));
  const draft = `${target}.${process.pid}`;
  for (const [path, content] of files) await writeWhole(join(target, path), content, draft);
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

/**
 * Replaces a file atomically: a process that reads it meanwhile, such as another build, gets the
 * whole old file or the whole new one.
 */
async function writeWhole(
  file: string,
  content: Uint8Array | string,
  draft: string,
): Promise<void> {
  const old = await readFile(file).catch(() => undefined);
  if (old?.equals(Buffer.from(content)) === true) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(draft, content);
  await rename(draft, file);
}
