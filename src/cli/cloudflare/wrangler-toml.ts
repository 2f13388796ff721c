import { parse, type TomlTable, type TomlValue } from "smol-toml";
import { mergeConfig } from "./deployment-toml.ts";

/** The part of `wrangler.toml` that the commands read. */
export interface Manifest {
  readonly name: string;
  readonly compatibilityDate: string | undefined;
  readonly vars: Readonly<Record<string, string>>;
  /** Names in `[vars]` whose values are not texts. The Worker refuses them. */
  readonly otherVars: readonly string[];
  /**
   * Each binding and the id of its namespace; undefined if the first deployment creates the
   * namespace.
   */
  readonly kvNamespaces: ReadonlyMap<string, string | undefined>;
  /** Each binding and its class. */
  readonly durableObjects: ReadonlyMap<string, string>;
  readonly migrations: readonly Migration[];
  readonly rateLimits: ReadonlySet<string>;
  /**
   * Whether the Worker answers at `workers.dev`. wrangler's default is yes if there is no route.
   */
  readonly workersDev: boolean;
  /** Top-level sections, to find sections that must not be there. */
  readonly sections: ReadonlySet<string>;
}

export interface Migration {
  readonly tag: string;
  readonly sqliteClasses: readonly string[];
  /** Classes with the old key-value storage, which the free plan does not support. */
  readonly oldClasses: readonly string[];
}

/**
 * Returns wrangler.toml merged with the deployment's own keys, or a sentence that names the error.
 */
export function readConfigFile(toml: string, deployment?: string): TomlTable | string {
  try {
    const root = parse(toml);
    return deployment === undefined ? root : mergeConfig(root, deployment);
  } catch {
    return "wrangler.toml is not valid TOML: `npx wrangler deploy --dry-run` shows the line.";
  }
}

/** Returns the manifest, or a sentence that names the error. */
export function readManifest(toml: string, deployment?: string): Manifest | string {
  const root = readConfigFile(toml, deployment);
  if (typeof root === "string") return root;
  return {
    name: textOf(root.name) ?? "phonegate",
    compatibilityDate: textOf(root.compatibility_date),
    vars: textsOf(root.vars),
    otherVars: Object.entries(tableOf(root.vars) ?? {})
      .filter(([, value]) => typeof value !== "string")
      .map(([name]) => name),
    kvNamespaces: new Map(
      tablesOf(root.kv_namespaces).map((each) => [textOf(each.binding) ?? "", textOf(each.id)]),
    ),
    durableObjects: new Map(
      tablesOf(tableOf(root.durable_objects)?.bindings).map((each) => [
        textOf(each.name) ?? "",
        textOf(each.class_name) ?? "",
      ]),
    ),
    migrations: tablesOf(root.migrations).map((each) => ({
      tag: textOf(each.tag) ?? "",
      sqliteClasses: listOf(each.new_sqlite_classes),
      oldClasses: listOf(each.new_classes),
    })),
    workersDev:
      typeof root.workers_dev === "boolean"
        ? root.workers_dev
        : root.route === undefined && root.routes === undefined,
    rateLimits: new Set(tablesOf(root.ratelimits).map((each) => textOf(each.name) ?? "")),
    sections: new Set(Object.keys(root)),
  };
}

function tableOf(value: TomlValue | undefined): TomlTable | undefined {
  const isTable = typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
  return isTable ? value : undefined;
}

function tablesOf(value: TomlValue | undefined): TomlTable[] {
  if (!Array.isArray(value)) return [];
  return value.map(tableOf).filter((each) => each !== undefined);
}

function textOf(value: TomlValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function listOf(value: TomlValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function textsOf(value: TomlValue | undefined): Record<string, string> {
  const entries = Object.entries(tableOf(value) ?? {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
