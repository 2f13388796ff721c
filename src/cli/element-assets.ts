import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { safe, shortLived, unchanging, withHash, type Assets } from "./assets.ts";
import { bundleElement, bundleForBrowsers, minifyStyle } from "./browser-bundle.ts";
import { servedLanguages } from "./served-languages.ts";

const source = join(import.meta.dirname, "..", "client", "browser");

/**
 * Browsers fetch a module script of another origin with CORS. These headers let every page load the
 * element.
 */
const forAnyPage = {
  "Access-Control-Allow-Origin": "*",
  "Cross-Origin-Resource-Policy": "cross-origin",
};

/**
 * Returns `/elements`: the element under a stable name, under a name with its hash, and its
 * languages.
 */
export async function elementAssets(): Promise<Assets> {
  const languages = await servedLanguages();
  const module = await bundleElement(join(source, "sign-in", "script.ts"), languages);
  const hashed = `elements/${withHash("sign-in.js", Buffer.from(module))}`;
  const integrity = `sha256-${createHash("sha256").update(module).digest("base64")}`;
  const manifest = JSON.stringify(
    { "sign-in.js": { path: `/${hashed}`, integrity } },
    undefined,
    2,
  );
  return {
    files: new Map([
      ["elements/sign-in.js", module],
      [hashed, module],
      ["elements/manifest.json", `${manifest}\n`],
      ...[...languages.contents].map(
        ([tag, texts]) => [`elements/languages/${languages.version}/${tag}.json`, texts] as const,
      ),
    ]),
    headers: {
      "/elements/sign-in.js": {
        ...safe,
        ...forAnyPage,
        "Cache-Control": "public, max-age=300, stale-while-revalidate=86400",
      },
      [`/${hashed}`]: { ...unchanging, ...forAnyPage },
      "/elements/languages/*": { ...unchanging, ...forAnyPage },
      "/elements/manifest.json": { ...shortLived, ...forAnyPage },
    },
  };
}

/** Returns `/demo`: the files of the demo page. */
export async function demoAssets(): Promise<Assets> {
  const element = "../sign-in/sign-in.ts";
  const [script, style, icon] = await Promise.all([
    bundleForBrowsers(join(source, "demo", "demo.ts"), [element]),
    minifyStyle(join(source, "demo", "demo.css")),
    readFile(join(source, "demo", "icon.svg"), "utf8"),
  ]);
  return {
    files: new Map([
      ["demo/demo.js", script.replaceAll(element, "/elements/sign-in.js")],
      ["demo/demo.css", style],
      ["demo/icon.svg", icon],
    ]),
    headers: { "/demo/*": { ...safe, "Cache-Control": "no-cache" } },
  };
}
