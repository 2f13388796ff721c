import { createHash, generateKeyPairSync } from "node:crypto";
import { cp, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const project = join(import.meta.dirname, "..", "..");

/** The `key` of a manifest: base64 of an RSA public key in DER. */
export function newExtensionKey(): string {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return publicKey.export({ type: "spki", format: "der" }).toString("base64");
}

/** Chromium's id: the first 32 hexadecimal digits of the key's SHA-256, written with a to p. */
export function extensionOrigin(key: string): string {
  const hash = createHash("sha256").update(Buffer.from(key, "base64")).digest("hex").slice(0, 32);
  const id = hash.replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));
  return `chrome-extension://${id}`;
}

/** An extension whose page has the element of the package, as no bundler has touched it. */
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
