// Builds the files that Cloudflare serves without running the Worker. wrangler runs it before it
// serves or deploys (`[build]` in wrangler.toml), so that they are never older than their source.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { apiPage, openApi } from "./api-page.ts";
import { writeAssets } from "./assets.ts";
import { deploymentToml } from "./cloudflare/deployment-toml.ts";
import { deploymentFile } from "./deployment-file.ts";
import { demoAssets, elementAssets } from "./element-assets.ts";

export async function buildAssets(target: string): Promise<void> {
  const kinds = [openApi(), apiPage(), elementAssets(), demoAssets()];
  await writeAssets(target, await Promise.all(kinds));
}

const root = join(import.meta.dirname, "..", "..");

/**
 * Whether to stop a plain `wrangler deploy`. It ignores the deployment's settings, so every route
 * would fail. wrangler names its command in WRANGLER_COMMAND.
 */
function refuseWithoutSettings(env: NodeJS.ProcessEnv): boolean {
  const isPlain = env.WRANGLER_COMMAND === "deploy" && env.PHONEGATE_DEPLOY === undefined;
  return isPlain && [deploymentFile, deploymentToml].some((file) => existsSync(join(root, file)));
}

if (process.argv[1] === import.meta.filename) {
  if (refuseWithoutSettings(process.env)) {
    console.error(
      `Use \`npm run deploy\`: plain wrangler leaves out ${deploymentFile} and ${deploymentToml}.`,
    );
    process.exitCode = 1;
  } else {
    await buildAssets(join(root, "dist", "assets"));
  }
}
