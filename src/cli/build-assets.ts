// The build of wrangler.toml: what is served beside the Worker, from src/client/browser to dist/assets.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { bundleForBrowsers, minifyStyle } from "./browser-bundle.ts";

const root = join(import.meta.dirname, "..", "..");
const source = join(root, "src", "client", "browser");
const target = join(root, "dist", "assets");

async function build(): Promise<void> {
  const [signIn, demo, demoStyle, headers, icon] = await Promise.all([
    bundleForBrowsers(join(source, "sign-in", "sign-in.ts")),
    bundleForBrowsers(join(source, "demo", "demo.ts"), ["../sign-in/sign-in.ts"]),
    minifyStyle(join(source, "demo", "demo.css")),
    readFile(join(source, "_headers"), "utf8"),
    readFile(join(source, "demo", "icon.svg"), "utf8"),
  ]);
  const hash = createHash("sha256").update(signIn).digest();
  const hashed = `elements/sign-in.${hash.toString("hex").slice(0, 16)}.js`;
  const manifest = {
    "sign-in.js": { path: `/${hashed}`, integrity: `sha256-${hash.toString("base64")}` },
  };
  const files = {
    _headers: headers,
    "elements/sign-in.js": signIn,
    [hashed]: signIn,
    "elements/manifest.json": `${JSON.stringify(manifest, undefined, 2)}\n`,
    "demo/demo.js": demo.replaceAll("../sign-in/sign-in.ts", "/elements/sign-in.js"),
    "demo/demo.css": demoStyle,
    "demo/icon.svg": icon,
  };
  for (const [path, text] of Object.entries(files)) await write(join(target, path), text);
  await removeOlder(join(target, hashed));
}

/** An unchanged file is left alone: whoever serves or copies it meanwhile notices nothing. */
async function write(path: string, text: string): Promise<void> {
  const before = await readFile(path, "utf8").catch(() => undefined);
  if (before === text) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** Hashed names of earlier builds. */
async function removeOlder(newest: string): Promise<void> {
  for (const name of await readdir(dirname(newest)))
    if (/^sign-in\.[0-9a-f]{16}\.js$/.test(name) && name !== basename(newest))
      await rm(join(dirname(newest), name), { force: true });
}

await build();
