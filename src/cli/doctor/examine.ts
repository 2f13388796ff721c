import { readConfig, type Config, type ConfigOutcome } from "../../config.ts";
import { keysFile } from "../keys-file.ts";
import { TwilioCaller } from "../twilio/caller.ts";
import { idleRows } from "./idle-rows.ts";
import { keyRows } from "./key-rows.ts";
import { limitRows } from "./limit-rows.ts";
import { manifestRows } from "./manifest-rows.ts";
import { messageRows } from "./message-rows.ts";
import { withoutValues, type Patient } from "./patient.ts";
import { copyRows, problemRows, wrongCopies } from "./problem-rows.ts";
import { failure, unknown, type Row } from "./row.ts";
import { settingRows } from "./setting-rows.ts";
import { sizeRows } from "./size-rows.ts";
import { placeholderSecrets } from "./stand-ins.ts";
import { standardRows } from "./standard-rows.ts";
import { testNumberRows } from "./test-number-rows.ts";
import { twilioRows } from "./twilio-rows.ts";

export interface Outside {
  readonly fetch: typeof fetch;
  readonly now: () => number;
  /** Is called instead of Twilio. The settings stay unchanged. */
  readonly twilioBaseUrl?: string | undefined;
}

/**
 * Runs all checks. The Worker's own parser checks the settings. If they do not parse, there is no
 * configuration for further checks, but the files are still checked.
 */
export async function examine(patient: Patient, outside: Outside): Promise<Row[]> {
  const first = await parse(patient, outside.now);
  // A copy of a secret may differ from the deployed secret. A wrong copy is ignored for the other
  // checks.
  const copies = wrongCopies(patient, first);
  const sound = withoutValues(patient, copies);
  const outcome = copies.length === 0 ? first : await parse(sound, outside.now);
  return [
    ...copyRows(first, copies),
    ...problemRows(sound, outcome),
    ...baseUrlRows(sound),
    ...unreadRows(sound),
    ...sizeRows(patient),
    ...(outcome.kind === "ok" ? await configRows(sound, outcome.config, outside) : []),
    ...cloudflareRows(sound),
    ...manifestRows(patient, outside.now()),
  ];
}

async function parse(
  { values, unreadable, manifest }: Patient,
  now: () => number,
): Promise<ConfigOutcome> {
  const bound = [...manifest.kvNamespaces.keys(), ...manifest.durableObjects.keys()];
  const bindings = Object.fromEntries(bound.map((name) => [name, {}]));
  return readConfig(
    { ...values, ...(await placeholderSecrets(unreadable, values)), ...bindings },
    now,
  );
}

async function configRows(patient: Patient, config: Config, outside: Outside): Promise<Row[]> {
  const { values, unreadable, cloudflare } = patient;
  const isDeployed = (name: string) => cloudflare === undefined && unreadable.has(name);
  const isSet = (name: string) => values[name] !== undefined || isDeployed(name);
  return [
    ...settingRows(config),
    ...testNumberRows(config, outside.now()),
    ...messageRows(config),
    ...idleRows(config, isSet),
    ...keyRows(config, values, unreadable, outside.now()),
    ...(await twilioSection(patient, config, outside)),
    ...limitRows(config),
    ...standardRows(config, values),
  ];
}

async function twilioSection(
  { unreadable, cloudflare }: Patient,
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
        "credentials, services, senders and clock: deployed secrets cannot be read",
        "Run the doctor with TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or the API key) in the environment.",
      ),
    ];
  const baseUrl = outside.twilioBaseUrl ?? twilio.baseUrl;
  const rows = await twilioRows(config, new TwilioCaller({ ...twilio, baseUrl }, outside));
  if (cloudflare !== undefined || !unreadable.has("TWILIO_API_KEY_SID")) return rows;
  const cure = "Set TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET in the environment too.";
  return [...rows, unknown("Twilio", "API key", "is deployed, and the Worker uses it", cure)];
}

/**
 * Rows for secrets that cannot be checked, and for secrets of which this machine has only a copy.
 */
function unreadRows({ mode, unreadable, places, cloudflare }: Patient): Row[] {
  if (mode.kind !== "production") return [];
  const copies = [...places].filter(([, place]) => place === keysFile).map(([name]) => name);
  return [
    ...(cloudflare === undefined && unreadable.size > 0
      ? [unknown("Settings", "Secrets", `deployed, and cannot be read: ${list(unreadable)}`)]
      : []),
    ...(copies.length > 0
      ? [
          unknown(
            "Settings",
            "Copies",
            `checked in ${keysFile}: ${list(copies)}. Cloudflare does not show whether the deployed secrets are the same`,
          ),
        ]
      : []),
  ];
}

const list = (names: Iterable<string>): string => [...names].toSorted().join(", ");

/** A deployment has no twin. With the twin's address it would run in development mode. */
function baseUrlRows({ mode, values, places }: Patient): Row[] {
  const name = "TWILIO_BASE_URL";
  if (mode.kind !== "production" || values[name] === undefined) return [];
  const detail = "is only for a laptop: a deployment has no twin";
  return [failure({ area: "Settings", name, detail }, `Remove it from ${places.get(name) ?? ""}.`)];
}

function cloudflareRows({ cloudflare }: Patient): Row[] {
  if (cloudflare === undefined) return [];
  const { detail, cure } = cloudflare;
  return [failure({ area: "Cloudflare", name: "Secrets", detail }, cure)];
}
