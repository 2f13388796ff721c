import { join } from "node:path";
import { parseEnv } from "node:util";
import { CloudflareAccount } from "../cloudflare/account.ts";
import { readManifest, type Manifest } from "../cloudflare/wrangler-toml.ts";
import type { Diagnosis } from "../twilio/failure-words.ts";
import { readText } from "../whole-file.ts";
import { secretNames, twilioSecretNames } from "../../config/secret-names.ts";
import { keysFile } from "../keys-file.ts";

/** One set of settings, as a Worker would have them. */
export interface Patient {
  /** What was read, in words. */
  readonly source: string;
  readonly values: Readonly<Record<string, string>>;
  readonly manifest: Manifest;
  /** Secrets that are deployed, and so cannot be read back, and that nothing here tells. */
  readonly unreadable: ReadonlySet<string>;
  /** Why Cloudflare could not be asked which secrets there are. */
  readonly cloudflare: Diagnosis | undefined;
}

export type Mode =
  | { readonly kind: "local" }
  | { readonly kind: "production" }
  | { readonly kind: "file"; readonly path: string };

/** Reads what the mode says, or a sentence on why that cannot be done. */
export async function readPatient(
  directory: string,
  mode: Mode,
  env: NodeJS.ProcessEnv,
): Promise<Patient | string> {
  const toml = await readText(join(directory, "wrangler.toml"));
  if (toml === undefined) return "There is no wrangler.toml here.";
  const manifest = readManifest(toml);
  if (typeof manifest === "string") return manifest;
  const unreadable = new Set<string>();
  if (mode.kind === "production") return readDeployment(directory, manifest, env);
  const path = mode.kind === "local" ? join(directory, ".dev.vars") : mode.path;
  const text = await readText(path);
  if (text === undefined && mode.kind === "file") return `The file ${mode.path} cannot be read.`;
  const values = withoutEmpty({ ...manifest.vars, ...parseEnv(text ?? "") });
  const file = mode.kind === "local" ? ".dev.vars" : mode.path;
  return {
    source: `wrangler.toml and ${file}`,
    values,
    manifest,
    unreadable,
    cloudflare: undefined,
  };
}

/**
 * A deployment's secrets cannot be read back. Those that this machine knows are checked: our own keys
 * from the file that setup wrote, Twilio's credentials from the environment. Of the others Cloudflare
 * says no more than that they are there.
 */
async function readDeployment(
  directory: string,
  manifest: Manifest,
  env: NodeJS.ProcessEnv,
): Promise<Patient> {
  const kept = parseEnv((await readText(join(directory, keysFile))) ?? "");
  const given = Object.fromEntries(twilioSecretNames.map((name) => [name, env[name] ?? ""]));
  const listed = await new CloudflareAccount(directory).listSecrets();
  const names = listed.kind === "done" ? listed.value : new Set(secretNames);
  // A key that was made but never put is not there yet: what is not deployed does not count.
  const known = Object.entries(withoutEmpty({ ...kept, ...given })).filter(([name]) =>
    names.has(name),
  );
  const values = withoutEmpty({ ...manifest.vars, ...Object.fromEntries(known) });
  const unreadable = [...names].filter((name) => values[name] === undefined);
  return {
    source: `the deployment: wrangler.toml, and the names of the Worker's secrets`,
    values,
    manifest,
    unreadable: new Set(listed.kind === "done" ? unreadable : [...secretNames]),
    cloudflare: listed.kind === "failed" ? listed.diagnosis : undefined,
  };
}

/** Empty means unset. */
function withoutEmpty(
  values: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const set = Object.entries(values).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1].trim() !== "",
  );
  return Object.fromEntries(set);
}
