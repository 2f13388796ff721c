import { join } from "node:path";
import { defineBuild, readBuildName } from "./build-name.ts";
import { deploymentToml, mergedConfig } from "./cloudflare/deployment-toml.ts";
import { readConfigFile } from "./cloudflare/wrangler-toml.ts";
import { readDeploymentFile } from "./deployment-file.ts";
import { plainMode, readText, writeWhole } from "./whole-file.ts";

/** Tells the build step that `npm run deploy` or `npm run build` called wrangler. */
export const byOurTools = { PHONEGATE_DEPLOY: "on" } as const;

/**
 * Returns the arguments of `wrangler deploy`: the settings of `deployment.vars`, which override
 * `[vars]` of wrangler.toml, and the name of the build. If there is a `deployment.toml`, it writes
 * the merged configuration first. Returns a sentence if that file is wrong.
 */
export async function prepareDeployment(
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<string[] | string> {
  const config = await writeMergedConfig(directory);
  if (typeof config === "string") return config;
  const settings = await readDeploymentFile(directory);
  const vars = Object.entries(settings).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
  const build = await readBuildName(directory, env);
  return ["deploy", "--env=", ...config, "--minify", ...vars, ...defineBuild(build)];
}

async function writeMergedConfig(directory: string): Promise<string[] | string> {
  const own = await readText(join(directory, deploymentToml));
  if (own === undefined) return [];
  const version = (await readText(join(directory, "wrangler.toml"))) ?? "";
  const merged = readConfigFile(version, own);
  if (typeof merged === "string") return merged;
  // It lies next to wrangler.toml, because wrangler resolves its paths from its folder.
  const text = `${JSON.stringify(merged, undefined, 2)}\n`;
  await writeWhole(join(directory, mergedConfig), text, plainMode);
  return ["--config", mergedConfig];
}
