import { parseArgs } from "node:util";
import type { Purpose } from "../../contract/words.ts";

/** Each flag that gives a setting. Secrets have none: a flag stands in the shell's history and in `ps`. */
const settingFlags = {
  "app-name": "APP_NAME",
  issuer: "ISSUER",
  origins: "ALLOWED_ORIGINS",
  countries: "ALLOWED_COUNTRIES",
  "default-country": "DEFAULT_COUNTRY",
  purposes: "PURPOSES",
  engine: "OTP_ENGINE",
  "account-sid": "TWILIO_ACCOUNT_SID",
  "api-key-sid": "TWILIO_API_KEY_SID",
  "twilio-base-url": "TWILIO_BASE_URL",
  region: "TWILIO_REGION",
  edge: "TWILIO_EDGE",
  "verify-service": "TWILIO_VERIFY_SERVICE_SID",
  "verify-service-step-up": "TWILIO_VERIFY_SERVICE_SID_STEP_UP",
  "verify-service-two-factor": "TWILIO_VERIFY_SERVICE_SID_TWO_FACTOR",
  "verify-service-transaction": "TWILIO_VERIFY_SERVICE_SID_TRANSACTION",
  from: "TWILIO_FROM",
  "messaging-service": "TWILIO_MESSAGING_SERVICE_SID",
} as const;

export const serviceSettings = {
  sign_in: "TWILIO_VERIFY_SERVICE_SID",
  step_up: "TWILIO_VERIFY_SERVICE_SID_STEP_UP",
  two_factor: "TWILIO_VERIFY_SERVICE_SID_TWO_FACTOR",
  transaction: "TWILIO_VERIFY_SERVICE_SID_TRANSACTION",
} as const satisfies Record<Purpose, string>;

/** Settings that setup asks for or takes; those that are not flags are secrets. */
const environmentNames = [
  ...Object.values(settingFlags),
  "TWILIO_AUTH_TOKEN",
  "TWILIO_API_KEY_SECRET",
] as const;
/** Settings that a set-up asks for or takes, and so can write. */
export const askedNames: ReadonlySet<string> = new Set<string>(environmentNames);
export type SettingName = (typeof environmentNames)[number];
export type Given = Readonly<Partial<Record<SettingName, string>>>;

export interface Options {
  readonly isLocal: boolean;
  readonly isDryRun: boolean;
  /** Replaces other values that are in `.dev.vars`; never a key. */
  readonly isForced: boolean;
  /** Asks nothing: what is missing is told. */
  readonly isSilent: boolean;
  readonly codeLength: number;
  /** By flag, else by the environment. */
  readonly given: Given;
}

export const usage = `Sets Phonegate up: checks Twilio, makes services and keys, and puts them where they belong.

  npm run setup                  asks, and sets up the deployment (deployment.vars and Cloudflare)
  npm run setup -- --local       asks, and writes .dev.vars for this machine
  npm run setup -- --dry-run     shows each step and does nothing

Every question has a flag, and a variable of the environment with the setting's name:
${Object.entries(settingFlags)
  .map(([flag, name]) => `  --${flag.padEnd(26)} ${name}`)
  .join("\n")}
  --code-length                digits of a Verify service that is made; 6 unless you say otherwise
  --yes                        asks nothing, takes what is usual
  --force                      with --local: replaces other values in .dev.vars, but never a key

Services are sids (VA…) or \`new\`. TWILIO_AUTH_TOKEN and TWILIO_API_KEY_SECRET come by the
environment or by the prompt: a flag would stand in your shell's history.
`;

/** The options, or what is wrong with them; an empty sentence asks for help. */
export function readOptions(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  canAsk: boolean,
): Options | string {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const settings = Object.fromEntries(Object.keys(settingFlags).map((name) => [name, text]));
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...settings,
        local: flag,
        "dry-run": flag,
        force: flag,
        yes: flag,
        help: flag,
        "code-length": text,
      },
    });
    if (values.help) return "";
    const codeLength = values["code-length"] ?? "6";
    if (!/^([4-9]|10)$/.test(codeLength)) return "--code-length must be a number from 4 to 10.";
    if (values.force && !values.local)
      return "--force is for --local: a deployment's secrets are never replaced.";
    const byFlag = new Map<string, unknown>(Object.entries(values));
    return {
      isLocal: values.local,
      isDryRun: values["dry-run"],
      isForced: values.force,
      isSilent: values.yes || !canAsk,
      codeLength: Number(codeLength),
      given: readGiven(byFlag, env),
    };
  } catch (error) {
    // What parseArgs says of an unknown option names it.
    if (error instanceof TypeError) return refusalOf(error.message);
    throw error;
  }
}

function refusalOf(message: string): string {
  return /'--(auth-token|api-key-secret)/.test(message)
    ? "A secret is no flag, since flags stand in the shell's history: set TWILIO_AUTH_TOKEN (or TWILIO_API_KEY_SECRET) in the environment, or wait for the prompt."
    : message;
}

function readGiven(byFlag: ReadonlyMap<string, unknown>, env: NodeJS.ProcessEnv): Given {
  const given: Partial<Record<SettingName, string>> = {};
  for (const name of environmentNames) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== "") given[name] = value;
  }
  for (const [flag, name] of Object.entries(settingFlags)) {
    const value = byFlag.get(flag);
    if (typeof value === "string") given[name] = value.trim();
  }
  return given;
}
