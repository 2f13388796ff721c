// Makes the files that are served without the Worker. wrangler runs it before it serves or deploys
// (`[build]` in wrangler.toml), so that they are never older than their source.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { openApiDocument } from "../openapi/document.ts";

/** Files of one kind, by their path below the origin, and their rules for `_headers`. */
interface Assets {
  readonly files: ReadonlyMap<string, Uint8Array | string>;
  readonly headers: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const project = join(import.meta.dirname, "..", "..");
/** What every answer of the Worker has as well. */
const everywhere = {
  "/*": {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
  },
};
const unchanging = "public, max-age=31536000, immutable";
const shortLived = "public, max-age=300";

async function openApi(): Promise<Assets> {
  const manifest: unknown = createRequire(import.meta.url)("../../package.json");
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest
      ? String(manifest.version)
      : "0.0.0";
  return {
    files: new Map([["openapi.json", JSON.stringify(openApiDocument(version))]]),
    // Anybody may read it: editors and generators of clients live on other origins.
    headers: {
      "/openapi.json": { "Cache-Control": shortLived, "Access-Control-Allow-Origin": "*" },
    },
  };
}

/** The page `/docs`: Swagger UI, our style over it, and the names of both with their hashes. */
async function apiPage(): Promise<Assets> {
  const page = join(project, "src", "pages", "docs");
  const viewer = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const parts = [
    join(viewer, "swagger-ui.css"),
    join(viewer, "swagger-ui-bundle.js"),
    join(page, "docs.css"),
    join(page, "docs.js"),
  ];
  const files = new Map<string, Uint8Array | string>();
  const headers: Record<string, Readonly<Record<string, string>>> = {};
  let html = await readFile(join(page, "index.html"), "utf8");
  for (const part of parts) {
    const content = await readFile(part);
    const name = part.split(sep).at(-1) ?? "";
    const hashed = withHash(name, content);
    html = html.replace(`"/docs/${name}"`, `"/docs/${hashed}"`);
    files.set(`docs/${hashed}`, content);
    headers[`/docs/${hashed}`] = { "Cache-Control": unchanging };
  }
  files.set("docs.html", html);
  // What its licence asks of whoever passes it on.
  files.set("docs/swagger-ui.LICENSE.txt", await readFile(join(viewer, "LICENSE")));
  files.set("docs/swagger-ui.NOTICE.txt", await readFile(join(viewer, "NOTICE")));
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // The viewer's icons are in its style sheet.
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  headers["/docs"] = {
    "Cache-Control": shortLived,
    "Content-Security-Policy": policy.join("; "),
  };
  return { files, headers };
}

function withHash(name: string, content: Uint8Array): string {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  return name.replace(/(\.\w+)$/, `.${hash}$1`);
}

/** Writes all of them into a folder, and takes away what is of an earlier build. */
export async function buildAssets(target: string): Promise<void> {
  const kinds = await Promise.all([openApi(), apiPage()]);
  const files = new Map(kinds.flatMap((kind) => [...kind.files]));
  const rules = [everywhere, ...kinds.map(({ headers }) => headers)];
  files.set("_headers", headersFile(rules));
  const half = `${target}.${process.pid}`;
  for (const [path, content] of files) await writeWhole(join(target, path), content, half);
  const found = await readdir(target, { recursive: true, withFileTypes: true });
  for (const entry of found.filter((one) => one.isFile())) {
    const file = join(entry.parentPath, entry.name);
    const path = file
      .slice(target.length + 1)
      .split(sep)
      .join("/");
    if (!files.has(path)) await rm(file, { force: true });
  }
}

function headersFile(rules: readonly Assets["headers"][]): string {
  const blocks = rules
    .flatMap((rule) => Object.entries(rule))
    .map(([path, headers]) =>
      [path, ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`)].join("\n"),
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

if (process.argv[1] === import.meta.filename) await buildAssets(join(project, "dist", "assets"));
