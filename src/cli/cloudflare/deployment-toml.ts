import { parse, type TomlTable } from "smol-toml";

/**
 * The deployment's own part of wrangler's configuration. The repository has no file of this name,
 * so an update never changes it.
 */
export const deploymentToml = "deployment.toml";

/**
 * The merged configuration. wrangler reads only one file, so each deployment with a
 * `deployment.toml` writes this file anew.
 */
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

/**
 * Returns wrangler.toml with the deployment's keys in place of its own, or a sentence that names
 * the error.
 */
export function mergeConfig(version: TomlTable, deployment: string): TomlTable | string {
  let ours: TomlTable;
  try {
    ours = parse(deployment);
  } catch {
    return `${deploymentToml} is not valid TOML.`;
  }
  if (ours.vars !== undefined)
    return `${deploymentToml} must not have [vars]: write settings as lines of deployment.vars.`;
  const foreign = Object.keys(ours).find((key) => !own.includes(key));
  return foreign === undefined
    ? { ...version, ...ours }
    : `${deploymentToml}: a version of Phonegate sets ${foreign}. You can set ${own.join(", ")}.`;
}
