import { join } from "node:path";
import { readLines } from "./env-lines.ts";
import { readText } from "./whole-file.ts";

/**
 * The settings of one deployment except the secrets: `NAME=value` lines, as in `.dev.vars`. The
 * repository has no file of this name, so an update never changes it.
 */
export const deploymentFile = "deployment.vars";

/**
 * Reads each line of the file; none if there is no file yet. An empty value unsets a setting of
 * wrangler.toml.
 */
export async function readDeploymentFile(directory: string): Promise<Record<string, string>> {
  return readLines(await readText(join(directory, deploymentFile)));
}
