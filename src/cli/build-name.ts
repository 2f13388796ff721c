import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** The source from which a Worker was built. */
export interface BuildName {
  /** The version in package.json. */
  readonly version: string;
  /**
   * The whole commit hash, with `+changes` if tracked files differ from it; `unknown` without git.
   */
  readonly commit: string;
}

export async function readBuildName(directory: string, env: NodeJS.ProcessEnv): Promise<BuildName> {
  const manifest: unknown = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
  return { version: versionOf(manifest), commit: await readCommit(directory, env) };
}

function versionOf(manifest: unknown): string {
  const hasVersion = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return hasVersion && typeof manifest.version === "string" ? manifest.version : "unknown";
}

async function readCommit(directory: string, env: NodeJS.ProcessEnv): Promise<string> {
  const git = async (...args: readonly string[]) =>
    (await promisify(execFile)("git", [...args], { cwd: directory })).stdout.trim();
  try {
    const sha = await git("rev-parse", "HEAD");
    const changes = await git("status", "--porcelain", "--untracked-files=no");
    return changes === "" ? sha : `${sha}+changes`;
  } catch {
    // Cloudflare's builds set this variable, in case they have no git.
    return env.WORKERS_CI_COMMIT_SHA ?? "unknown";
  }
}

/** Returns the wrangler arguments that tell the Worker its build (src/version.ts). */
export const defineBuild = (build: BuildName): string[] => [
  "--define",
  `PHONEGATE_BUILD:${JSON.stringify(build)}`,
];
