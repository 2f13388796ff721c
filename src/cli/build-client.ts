// `npm run build:client`: builds the package that other projects install, and packs it. It writes
// dist/client and the archive next to it.
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { minifyStyle } from "./browser-bundle.ts";
import { clientEntries, clientManifest, foldersWithoutExports } from "./client-manifest.ts";

const root = join(import.meta.dirname, "..", "..");
const source = join(root, "src");
const run = promisify(execFile);

async function build(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const [esm, cjs] = [join(folder, "esm"), join(folder, "cjs")];
  await compile(esm);
  await cp(esm, cjs, { recursive: true });
  await toCommonJs(cjs);
  const project = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  await writeJson(join(folder, "package.json"), clientManifest(project));
  for (const [entry, manifest] of foldersWithoutExports())
    await writeJson(join(folder, entry, "package.json"), manifest);
  await cp(join(root, "LICENSE"), join(folder, "LICENSE"));
  await cp(join(source, "client", "README.md"), join(folder, "README.md"));
}

/**
 * Compiles every entry into ES modules and declarations, one file for each module. The output stays
 * readable.
 */
async function compile(folder: string): Promise<void> {
  const config = join(folder, "tsconfig.json");
  await writeJson(config, {
    extends: join(source, "client", "tsconfig.package.json"),
    files: Object.values(clientEntries).map((module) => join(source, `${module}.ts`)),
  });
  const compiler = createRequire(import.meta.url).resolve("typescript/package.json");
  const tsc = [join(dirname(compiler), "bin", "tsc"), "-p", config, "--outDir", folder];
  await run(process.execPath, tsc, { cwd: root }).catch((error: { stdout?: string }) => {
    throw new Error(`${tsc.join(" ")}\n${error.stdout}`);
  });
  for (const name of await readdir(folder, { recursive: true })) {
    if (name.endsWith(".d.ts")) await useJsExtensions(join(folder, name));
    else if (name.endsWith(".js")) await inlineDataFiles(folder, name);
    else if (name.endsWith(".json")) await rm(join(folder, name));
  }
}

async function toCommonJs(folder: string): Promise<void> {
  await writeJson(join(folder, "package.json"), { type: "commonjs" });
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith(".js")) continue;
    const file = join(folder, name);
    const { code } = await transform(await readFile(file, "utf8"), {
      format: "cjs",
      target: "es2022",
      charset: "utf8",
      // With `import()` the module.exports of a CommonJS module would become its default export.
      supported: { "dynamic-import": false },
    });
    await writeFile(file, code);
  }
}

/** Makes the imports of a declaration file name `.js` files, which are what a project imports. */
async function useJsExtensions(file: string): Promise<void> {
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replaceAll(/(["']\.[^"']*)\.ts(["'])/g, "$1.js$2"));
}

const imported = /(["'])(\.[^"']*\.(?:css|json))\1(?:, \{ with: \{ type: "json" \} \})?/g;

/**
 * Turns an imported style sheet or JSON file into a module that exports its content, because every
 * tool reads modules.
 */
async function inlineDataFiles(folder: string, name: string): Promise<void> {
  const file = join(folder, name);
  const text = await readFile(file, "utf8");
  for (const [, , path = ""] of text.matchAll(imported)) {
    const data = join(source, dirname(name), path);
    const value = path.endsWith(".css")
      ? JSON.stringify(await minifyStyle(data))
      : (await readFile(data, "utf8")).trim();
    await writeFile(join(dirname(file), `${path}.js`), `export default ${value};\n`);
  }
  await writeFile(file, text.replaceAll(imported, "$1$2.js$1"));
}

async function writeJson(file: string, content: object): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`);
}

const [, , folder = join(root, "dist", "client")] = process.argv;
await build(folder);
// On Windows `npm` is a script, which needs a shell.
const npm = { cwd: folder, shell: process.platform === "win32" };
const { stdout } = await run("npm", ["pack", "--silent", "--pack-destination", ".."], npm);
console.log(join(dirname(folder), stdout.trim()));
