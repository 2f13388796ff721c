import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { openApiDocument } from "../openapi/document.ts";
import { shortLived, unchanging, withHash, type Assets } from "./assets.ts";

const project = join(import.meta.dirname, "..", "..");
const page = join(project, "src", "pages", "docs");
const viewer = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

/** Returns `/openapi.json` of this version. */
export async function openApi(): Promise<Assets> {
  const manifest: unknown = JSON.parse(await readFile(join(project, "package.json"), "utf8"));
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest
      ? String(manifest.version)
      : "0.0.0";
  return {
    files: new Map([["openapi.json", JSON.stringify(openApiDocument(version))]]),
    // The Worker serves it.
    headers: {},
  };
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // The viewer's style sheet contains its icons as `data:` URLs.
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Returns `/docs`: Swagger UI with the project's style. The names of the files contain their
 * hashes.
 */
export async function apiPage(): Promise<Assets> {
  const parts = [
    join(viewer, "swagger-ui.css"),
    join(viewer, "swagger-ui-bundle.js"),
    join(page, "docs.css"),
    join(page, "docs.js"),
  ];
  const files = new Map<string, Uint8Array | string>();
  const headers: Record<string, Readonly<Record<string, string>>> = {
    "/docs": { ...shortLived, "Content-Security-Policy": policy },
  };
  let html = await readFile(join(page, "index.html"), "utf8");
  for (const part of parts) {
    const content = await readFile(part);
    const hashed = withHash(basename(part), content);
    html = html.replace(`"/docs/${basename(part)}"`, `"/docs/${hashed}"`);
    files.set(`docs/${hashed}`, content);
    headers[`/docs/${hashed}`] = unchanging;
  }
  files.set("docs.html", html);
  // The licence of Swagger UI requires these files in every copy.
  files.set("docs/swagger-ui.LICENSE.txt", await readFile(join(viewer, "LICENSE")));
  files.set("docs/swagger-ui.NOTICE.txt", await readFile(join(viewer, "NOTICE")));
  return { files, headers };
}
