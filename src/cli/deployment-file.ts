import { join } from "node:path";
import { readLines } from "./env-lines.ts";
import { readText } from "./whole-file.ts";

/**
 * The settings of one deployment, all but the secrets: `NAME=value` lines, as in `.dev.vars`. No
 * version of Phonegate has a file of this name, so a `git pull` never touches it.
 */
export const deploymentFile = "deployment.vars";

/** Each line of the file; none where there is no file yet. An empty value unsets one of wrangler.toml. */
export async function readDeploymentFile(directory: string): Promise<Record<string, string>> {
  return readLines(await readText(join(directory, deploymentFile)));
}
