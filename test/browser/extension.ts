import { createHash, generateKeyPairSync } from "node:crypto";
import { cp, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const project = join(import.meta.dirname, "..", "..");

/** Returns a new `key` for a manifest, which is an RSA public key in DER and base64. */
export function newExtensionKey(): string {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return publicKey.export({ type: "spki", format: "der" }).toString("base64");
}

/**
 * Returns the extension's origin. Chromium's id is the first 32 hexadecimal digits of the key's
 * SHA-256, written with the letters a to p.
 */
export function extensionOrigin(key: string): string {
  const hash = createHash("sha256").update(Buffer.from(key, "base64")).digest("hex").slice(0, 32);
  const id = hash.replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));
  return `chrome-extension://${id}`;
}

/**
 * Writes an extension and resolves to its folder. Its page has the packed element, which no bundler
 * has changed.
 */
export async function writeExtension(key: string, worker: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "phonegate-extension-"));
  const built = join(folder, "built");
  const build = join(project, "src", "cli", "build-client.ts");
  await promisify(execFile)(process.execPath, [build, built], { cwd: folder });
  await cp(built, join(folder, "phonegate-client"), { recursive: true });
  const manifest = { manifest_version: 3, name: "Shell", version: "1.0", key };
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
  await writeFile(
    join(folder, "page.html"),
    `<!doctype html>
    <html lang="de">
      <title>Shell</title>
      <script type="module" src="phonegate-client/esm/client/browser/sign-in/sign-in.js"></script>
      <main><phonegate-sign-in base-url="${worker}"></phonegate-sign-in></main>
    </html>`,
  );
  return folder;
}
