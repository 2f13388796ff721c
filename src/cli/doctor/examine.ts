import { readConfig, type Config } from "../../config.ts";
import { TwilioCaller } from "../twilio/caller.ts";
import { secretNames } from "../../config/secret-names.ts";
import { keyRows } from "./key-rows.ts";
import { limitRows } from "./limit-rows.ts";
import { manifestRows } from "./manifest-rows.ts";
import type { Patient } from "./patient.ts";
import { failure, ok, unknown, type Row } from "./row.ts";
import { settingRows } from "./setting-rows.ts";
import { standIns } from "./stand-ins.ts";
import { standardRows } from "./standard-rows.ts";
import { twilioRows } from "./twilio-rows.ts";

export interface Outside {
  readonly fetch: typeof fetch;
  readonly now: () => number;
  /** Asks there in Twilio's place; the settings stay what they are. */
  readonly twilioBaseUrl?: string | undefined;
}

/**
 * Looks at everything. The settings themselves are judged by the Worker's own parser; where they do
 * not parse there is no configuration to look further into, but the files are looked at all the same.
 */
export async function examine(patient: Patient, outside: Outside): Promise<Row[]> {
  const { values, unreadable, manifest } = patient;
  const bound = [...manifest.kvNamespaces.keys(), ...manifest.durableObjects.keys()];
  const bindings = Object.fromEntries(bound.map((name) => [name, {}]));
  const env = { ...values, ...(await standIns(unreadable, values)), ...bindings };
  const outcome = await readConfig(env);
  const rows = [...problemRows(patient, outcome), ...unreadRows(patient)];
  if (outcome.kind === "ok") rows.push(...(await configRows(patient, outcome.config, outside)));
  return [...rows, ...cloudflareRows(patient), ...manifestRows(manifest, outside.now())];
}

async function configRows(patient: Patient, config: Config, outside: Outside): Promise<Row[]> {
  const { values, unreadable } = patient;
  return [
    ...settingRows(config),
    ...keyRows(config, values, unreadable, outside.now()),
    ...(await twilioSection(patient, config, outside)),
    ...limitRows(config),
    ...standardRows(config, values),
  ];
}

async function twilioSection(
  { unreadable }: Patient,
  config: Config,
  outside: Outside,
): Promise<Row[]> {
  const { twilio } = config;
  const secret =
    twilio.username === twilio.accountSid ? "TWILIO_AUTH_TOKEN" : "TWILIO_API_KEY_SECRET";
  if (unreadable.has("TWILIO_ACCOUNT_SID") || unreadable.has(secret))
    return [
      unknown(
        "Twilio",
        "Account",
        "Credentials, services, senders and clock: deployed secrets cannot be read back",
        "Run it with TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or the API key) in the environment.",
      ),
    ];
  const baseUrl = outside.twilioBaseUrl ?? twilio.baseUrl;
  return twilioRows(config, new TwilioCaller({ ...twilio, baseUrl }, outside));
}

function problemRows({ values }: Patient, outcome: Awaited<ReturnType<typeof readConfig>>): Row[] {
  if (outcome.kind === "ok") return [ok("Settings", "All settings", "are known and fit together")];
  return outcome.problems.map((problem) => {
    const at = problem.indexOf(": ");
    const name = problem.slice(0, at);
    const isUnset = values[name] === undefined;
    const finding = {
      area: "Settings",
      name,
      detail: isUnset ? "is not set" : "is wrong",
    } as const;
    return { ...failure(finding, `${name} ${problem.slice(at + 2)}${whereFrom(name)}`), isUnset };
  });
}

const whereFrom = (name: string): string =>
  secretNames.some((secret) => secret === name)
    ? ". `npm run setup` asks for it or makes it."
    : ". It stands in [vars] of wrangler.toml; `npm run setup` writes it.";

function unreadRows({ unreadable, cloudflare }: Patient): Row[] {
  if (cloudflare !== undefined || unreadable.size === 0) return [];
  const names = [...unreadable].toSorted().join(", ");
  return [unknown("Settings", "Secrets", `deployed, and not to be read back: ${names}`)];
}

function cloudflareRows({ cloudflare }: Patient): Row[] {
  if (cloudflare === undefined) return [];
  const { detail, cure } = cloudflare;
  return [failure({ area: "Cloudflare", name: "Secrets", detail }, cure)];
}
