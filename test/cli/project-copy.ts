import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

const project = join(import.meta.dirname, "..", "..");
const notCopied = [".wrangler", ".dev.vars"];

/**
 * A copy of the project in its own folder, without the developer's `.dev.vars` and state. It is
 * deleted after the test.
 */
export class ProjectCopy {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<ProjectCopy> {
    const copy = await ProjectCopy.#of(["package.json", "wrangler.toml", "src"]);
    await symlink(join(project, "node_modules"), join(copy.directory, "node_modules"), "junction");
    return copy;
  }

  static async #of(names: readonly string[]): Promise<ProjectCopy> {
    const copy = new ProjectCopy(await mkdtemp(join(tmpdir(), "phonegate-cli-")));
    onTestFinished(() => rm(copy.directory, { recursive: true, force: true, maxRetries: 5 }));
    for (const name of names)
      await cp(join(project, name), join(copy.directory, name), {
        recursive: true,
        filter: (source) => !notCopied.some((unwanted) => source.endsWith(unwanted)),
      });
    return copy;
  }

  /** Copies only the files that the set-up of a deployment reads. */
  static async ofSettings(): Promise<ProjectCopy> {
    return ProjectCopy.#of(["package.json", "wrangler.toml"]);
  }

  /** Uses a folder that already contains the project. */
  static at(directory: string): ProjectCopy {
    return new ProjectCopy(directory);
  }

  /** Copies the project and replaces wrangler by the given script, which starts at once. */
  static async withStandIn(
    wrangler: string,
    packages: readonly string[] = ["jose"],
  ): Promise<ProjectCopy> {
    const copy = await ProjectCopy.create();
    await rm(join(copy.directory, "node_modules"));
    await mkdir(join(copy.directory, "node_modules"));
    for (const name of packages)
      await symlink(
        join(project, "node_modules", name),
        join(copy.directory, "node_modules", name),
        "junction",
      );
    await copy.write("node_modules/wrangler/package.json", '{ "name": "wrangler" }');
    await copy.write("node_modules/wrangler/bin/wrangler.js", wrangler);
    return copy;
  }

  async write(path: string, text: string): Promise<void> {
    const target = join(this.directory, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
  }

  read(path: string): Promise<string> {
    return readFile(join(this.directory, path), "utf8");
  }
}
