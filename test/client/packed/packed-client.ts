// Tests use the package as other projects do. The project's own script builds and packs it, and npm
// installs the packed file into a new folder outside of the clone.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

export const root = join(import.meta.dirname, "../../..");
const execute = promisify(execFile);

/**
 * Runs a program and resolves to its output. Rejects with all of its output when the program fails.
 */
export async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await execute(program, args, { cwd })).stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(" ")}\n${stdout}${stderr}`, { cause: error });
  }
}

export interface PackedClient {
  readonly folder: string;
  readonly tarball: string;
  readonly remove: () => Promise<void>;
}

/** Runs `npm run build:client`, with another folder as its target. */
export async function packClient(): Promise<PackedClient> {
  const folder = await mkdtemp(join(tmpdir(), "phonegate-package-"));
  const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const [program, script = ""] = scripts["build:client"]?.split(" ") ?? [];
  if (program !== "node") throw new Error("build:client is no Node script");
  const printed = await run(process.execPath, [join(root, script), join(folder, "built")], folder);
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  return { folder, tarball: printed.trim(), remove };
}

/** Creates a project with the packed client and `dependencies`, installed by `npm install`. */
export async function createProject(
  { folder, tarball }: PackedClient,
  name: string,
  { dependencies = [], files = {} }: { dependencies?: readonly string[]; files?: Files } = {},
): Promise<Project> {
  const project = join(folder, name);
  const modules = join(project, "node_modules");
  const client = join(modules, "phonegate-client");
  await mkdir(client, { recursive: true });
  await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", client], folder);
  for (const dependency of dependencies) {
    const link = join(modules, dependency);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, "node_modules", dependency), link, "junction");
  }
  const write = async (more: Files) => {
    for (const [path, text] of Object.entries(more)) {
      await mkdir(dirname(join(project, path)), { recursive: true });
      await writeFile(join(project, path), text);
    }
  };
  await write({ "package.json": '{ "type": "module" }\n', ...files });
  return {
    folder: project,
    client,
    write,
    node: (...args) => run(process.execPath, args, project),
    typecheck: (options, ...sources) => typecheck(project, options, sources),
  };
}

/** The files' texts by path. */
type Files = Readonly<Record<string, string>>;

export interface Project {
  readonly folder: string;
  /** The folder in which the package is installed. */
  readonly client: string;
  readonly write: (files: Files) => Promise<void>;
  readonly node: (...args: string[]) => Promise<string>;
  /** Rejects with what `tsc` prints. */
  readonly typecheck: (options: object, ...sources: string[]) => Promise<void>;
}

async function typecheck(
  project: string,
  options: object,
  sources: readonly string[],
): Promise<void> {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2022",
    module: "esnext",
    moduleResolution: "bundler",
    types: [],
    skipLibCheck: false,
    ...options,
  };
  const config = join(project, "tsconfig.json");
  await writeFile(config, JSON.stringify({ compilerOptions, files: sources }));
  const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
  await run(process.execPath, [join(typescript, "..", "bin", "tsc"), "-p", config], project);
}

/** Resolves to the paths of the package's files, relative to the package. */
export async function filesOf(client: string): Promise<string[]> {
  return (await readdir(client, { recursive: true })).toSorted();
}
