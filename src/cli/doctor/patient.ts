import { join, resolve } from "node:path";
import { secretNames, twilioSecretNames } from "../../config/secret-names.ts";
import { CloudflareAccount } from "../cloudflare/account.ts";
import { deploymentToml } from "../cloudflare/deployment-toml.ts";
import { readManifest, type Manifest } from "../cloudflare/wrangler-toml.ts";
import type { CommandIo } from "../command.ts";
import { deploymentFile, readDeploymentFile } from "../deployment-file.ts";
import { readLines, readSet, withoutEmpty } from "../env-lines.ts";
import { keysFile } from "../keys-file.ts";
import type { Diagnosis } from "../twilio/failure-words.ts";
import { readText } from "../whole-file.ts";

/** The settings that the doctor checks, as a Worker would get them. */
export interface Patient {
  readonly mode: Mode;
  /** A description of the files that were read. */
  readonly source: string;
  readonly values: Readonly<Record<string, string>>;
  /** The source of each value: a file's name, or the environment. */
  readonly places: ReadonlyMap<string, string>;
  /** Secrets that were found in files for settings, each with its file. */
  readonly exposed: ReadonlyMap<string, string>;
  readonly manifest: Manifest;
  /** Deployed secrets without a known value. Cloudflare does not show a secret. */
  readonly unreadable: ReadonlySet<string>;
  /** Why the list of secrets could not be read from Cloudflare. */
  readonly cloudflare: Diagnosis | undefined;
}

export type Mode =
  | { readonly kind: "local" }
  | { readonly kind: "production" }
  | { readonly kind: "file"; readonly path: string };

export const manifestFile = "wrangler.toml";

/** Returns the settings file of a mode. */
export function settingsFileOf(mode: Mode): string {
  switch (mode.kind) {
    case "local":
      return ".dev.vars";
    case "production":
      return deploymentFile;
    case "file":
      return mode.path;
  }
}

/** Reads the settings of a mode. Returns a sentence if they cannot be read. */
export async function readPatient(
  io: Pick<CommandIo, "directory" | "wrangler">,
  mode: Mode,
  env: NodeJS.ProcessEnv,
): Promise<Patient | string> {
  const { directory } = io;
  const toml = await readText(join(directory, manifestFile));
  if (toml === undefined) return `There is no ${manifestFile} in this folder.`;
  const isDeployment = mode.kind === "production";
  const own = isDeployment ? await readText(join(directory, deploymentToml)) : undefined;
  const manifest = readManifest(toml, own);
  if (typeof manifest === "string") return manifest;
  const files = [manifestFile, ...(own === undefined ? [] : [deploymentToml]), deploymentFile];
  if (isDeployment) return readDeployment(io, manifest, files, env);
  const file = settingsFileOf(mode);
  const text = await readText(resolve(directory, file));
  if (text === undefined && mode.kind === "file") return `The file ${file} cannot be read.`;
  return {
    mode,
    source: `${manifestFile} and ${file}`,
    ...layered([
      [manifestFile, manifest.vars],
      [file, readLines(text)],
    ]),
    manifest,
    unreadable: new Set(),
    cloudflare: undefined,
  };
}

/**
 * Reads a deployment. Its secrets cannot be read from Cloudflare, so the doctor checks copies: the
 * keys from the file that setup wrote, and Twilio's credentials from the environment. Of all other
 * secrets only the names are known.
 */
async function readDeployment(
  { directory, wrangler }: Pick<CommandIo, "directory" | "wrangler">,
  manifest: Manifest,
  files: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Patient> {
  const listed = await new CloudflareAccount(wrangler, manifest.name).listSecrets();
  const names = listed.kind === "done" ? listed.value : new Set<string>(secretNames);
  // A key that was generated but not deployed is ignored.
  const deployed = (values: Readonly<Record<string, string | undefined>>) =>
    Object.fromEntries(Object.entries(withoutEmpty(values)).filter(([name]) => names.has(name)));
  const kept = readSet(await readText(join(directory, keysFile)));
  const credentials = Object.fromEntries(twilioSecretNames.map((name) => [name, env[name]]));
  const layers = layered([
    [manifestFile, manifest.vars],
    [deploymentFile, await readDeploymentFile(directory)],
    [keysFile, deployed(kept)],
    ["the environment", deployed(credentials)],
  ]);
  return {
    mode: { kind: "production" },
    source: `the deployment: ${files.join(", ")}, and the names of the Worker's secrets`,
    ...layers,
    manifest,
    unreadable: new Set([...names].filter((name) => layers.values[name] === undefined)),
    cloudflare: listed.kind === "failed" ? listed.diagnosis : undefined,
  };
}

/** Returns the settings without these values, as if they were deployed secrets. */
export function withoutValues(patient: Patient, names: readonly string[]): Patient {
  const isLeft = ([name]: readonly [string, unknown]) => !names.includes(name);
  return {
    ...patient,
    values: Object.fromEntries(Object.entries(patient.values).filter(isLeft)),
    places: new Map([...patient.places].filter(isLeft)),
    unreadable: new Set([...patient.unreadable, ...names]),
  };
}

/**
 * Merges layers of settings. Later layers override earlier ones, and an empty value unsets a
 * setting.
 */
function layered(
  layers: readonly (readonly [place: string, values: Readonly<Record<string, string>>])[],
) {
  const entries = layers.flatMap(([place, values]) =>
    Object.entries(values).map(([name, value]) => ({ place, name, value })),
  );
  const last = new Map(entries.map((entry) => [entry.name, entry]));
  const set = [...last.values()].filter(({ value }) => value.trim() !== "");
  const isExposed = ({ place, name, value }: (typeof entries)[number]) =>
    value !== "" &&
    [manifestFile, deploymentFile].includes(place) &&
    secretNames.some((secret) => secret === name);
  return {
    values: Object.fromEntries(set.map(({ name, value }) => [name, value])),
    places: new Map(set.map(({ name, place }) => [name, place])),
    exposed: new Map(entries.filter(isExposed).map(({ name, place }) => [name, place])),
  };
}
