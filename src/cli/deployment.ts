import { readBuildName, type BuildName } from "./build-name.ts";
import { readDeploymentFile } from "./deployment-file.ts";

/** Tells the build step that it was `npm run deploy` or `npm run build` that called wrangler. */
export const byOurTools = { PHONEGATE_DEPLOY: "on" } as const;

/**
 * Arguments of `wrangler deploy`: the settings of `deployment.vars`, which go over `[vars]` of
 * wrangler.toml, and the name of the build.
 */
export async function deploymentArguments(
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  const settings = await readDeploymentFile(directory);
  const vars = Object.entries(settings).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
  const build = await readBuildName(directory, env);
  return ["deploy", "--env=", "--minify", ...vars, ...defineBuild(build)];
}

/** Arguments of wrangler by which the Worker knows its build (src/version.ts). */
export const defineBuild = (build: BuildName): string[] => [
  "--define",
  `PHONEGATE_BUILD:${JSON.stringify(build)}`,
];
