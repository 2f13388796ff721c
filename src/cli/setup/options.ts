import { parseArgs } from "node:util";

/**
 * The flag of each setting. Secrets have no flag, because the shell's history and `ps` show flags.
 */
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

/** Settings that the set-up asks for or accepts. Those without a flag are secrets. */
const environmentNames = [
  ...Object.values(settingFlags),
  "TWILIO_AUTH_TOKEN",
  "TWILIO_API_KEY_SECRET",
] as const;
/** Settings that the set-up can write. */
export const askedNames: ReadonlySet<string> = new Set<string>(environmentNames);
export type SettingName = (typeof environmentNames)[number];
export type Given = Readonly<Partial<Record<SettingName, string>>>;

export interface Options {
  readonly isLocal: boolean;
  readonly isDryRun: boolean;
  /** Replaces existing values in `.dev.vars`, but never a key. */
  readonly isForced: boolean;
  /** Asks no questions. Missing settings are reported together. */
  readonly isSilent: boolean;
  readonly codeLength: number;
  /** Values from flags, otherwise from the environment. */
  readonly given: Given;
}

export const usage = `Sets Phonegate up: checks the Twilio account, creates services and keys, and stores them.

  npm run setup                  asks questions and sets up the deployment (deployment.vars and Cloudflare)
  npm run setup -- --local       asks questions and writes .dev.vars for this machine
  npm run setup -- --dry-run     shows each step and changes nothing

Every question has a flag and an environment variable with the setting's name:
${Object.entries(settingFlags)
  .map(([flag, name]) => `  --${flag.padEnd(26)} ${name}`)
  .join("\n")}
  --code-length                digits of a new Verify service's codes (default: 6)
  --yes                        asks no questions and uses the defaults
  --force                      with --local: replaces existing values in .dev.vars, but never a key

A service is a sid (VA…) or \`new\`. Give TWILIO_AUTH_TOKEN and TWILIO_API_KEY_SECRET in the environment
or at the prompt: a flag would stay in your shell's history.
`;

/**
 * Returns the options, or a sentence that names the error. An empty sentence means that the
 * operator asked for help.
 */
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
      return "--force needs --local: a deployment's secrets are never replaced.";
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
    // The message of parseArgs names the unknown option.
    if (error instanceof TypeError) return refusalOf(error.message);
    throw error;
  }
}

function refusalOf(message: string): string {
  return /'--(auth-token|api-key-secret)/.test(message)
    ? "A secret has no flag, because flags stay in the shell's history. Set TWILIO_AUTH_TOKEN (or TWILIO_API_KEY_SECRET) in the environment, or enter it at the prompt."
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
