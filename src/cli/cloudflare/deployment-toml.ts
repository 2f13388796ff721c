import { parse, type TomlTable } from "smol-toml";

/** What of wrangler's configuration is a deployment's own. No version of Phonegate has this file. */
export const deploymentToml = "deployment.toml";

/** wrangler reads one file: where there is a `deployment.toml`, it gets this one, made anew each time. */
export const mergedConfig = "wrangler.deployment.json";

const own = [
  "name",
  "workers_dev",
  "preview_urls",
  "route",
  "routes",
  "kv_namespaces",
  "analytics_engine_datasets",
  "observability",
  "logpush",
  "tail_consumers",
  "placement",
  "limits",
];

/** wrangler.toml with the deployment's own keys in place of its own, or a sentence on what is wrong. */
export function mergeConfig(version: TomlTable, deployment: string): TomlTable | string {
  let ours: TomlTable;
  try {
    ours = parse(deployment);
  } catch {
    return `${deploymentToml} is not TOML.`;
  }
  if (ours.vars !== undefined)
    return `${deploymentToml} has [vars]: settings are lines of deployment.vars.`;
  const foreign = Object.keys(ours).find((key) => !own.includes(key));
  return foreign === undefined
    ? { ...version, ...ours }
    : `${deploymentToml}: ${foreign} belongs to the version. Yours are ${own.join(", ")}.`;
}
