// `npm run build:client`: what another project installs, in dist/client: two modules and their types.
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { bundleModules } from "./browser-bundle.ts";

const root = join(import.meta.dirname, "..", "..");
const source = join(root, "src", "client");
const [, , folder = join(root, "dist", "client")] = process.argv;

const entries = {
  index: join(source, "index.ts"),
  "sign-in": join(source, "browser", "sign-in", "sign-in.ts"),
};

async function build(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await bundleModules(entries, folder);
  await writeTypes(join(folder, "types"));
  await writeFile(join(folder, "package.json"), await manifest());
  await cp(join(root, "LICENSE"), join(folder, "LICENSE"));
}

async function writeTypes(types: string): Promise<void> {
  const compiler = createRequire(import.meta.url).resolve("typescript/package.json");
  const browser = join(source, "browser");
  const emit = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly"];
  const options = ["-p", browser, ...emit, "--rootDir", source];
  await promisify(execFile)(
    process.execPath,
    [join(dirname(compiler), "bin", "tsc"), ...options, "--outDir", types],
    { cwd: root },
  );
  for (const name of await readdir(types, { recursive: true })) {
    if (!name.endsWith(".d.ts")) continue;
    const text = await readFile(join(types, name), "utf8");
    // What a project imports is JavaScript, its types lie beside it.
    await writeFile(join(types, name), text.replaceAll(/(["']\.[^"']*)\.ts(["'])/g, "$1.js$2"));
  }
  await rm(join(types, "browser", "demo"), { recursive: true, force: true });
}

async function manifest(): Promise<string> {
  const { version, license } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const entry = (types: string, name: string) => ({
    types: `./types/${types}.d.ts`,
    default: `./${name}`,
  });
  const client = {
    name: "phonegate-client",
    version,
    description: "Phone sign-in with a Phonegate Worker: a typed client and a sign-in element.",
    license,
    type: "module",
    // The element registers itself.
    sideEffects: ["./sign-in.js"],
    exports: {
      ".": entry("index", "index.js"),
      "./sign-in": entry("browser/sign-in/sign-in", "sign-in.js"),
    },
    types: "./types/index.d.ts",
    main: "./index.js",
  };
  return `${JSON.stringify(client, undefined, 2)}\n`;
}

await build();
