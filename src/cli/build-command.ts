// `npm run build`: the Worker as `npm run deploy` would deploy it, into dist. Nothing is uploaded.
import { join } from "node:path";
import { byOurTools, deploymentArguments } from "./deployment.ts";
import { exitCodeOfCommand } from "./whole-file.ts";
import { showWrangler } from "./wrangler.ts";

const directory = join(import.meta.dirname, "..", "..");

async function build(): Promise<number> {
  const args = await deploymentArguments(directory, process.env);
  return showWrangler(directory, [...args, "--dry-run", "--outdir", "dist"], byOurTools);
}

process.exitCode = await exitCodeOfCommand(build);
