import { readCountries, readDefaultCountry, readIssuer, readOrigins } from "../../config/places.ts";
import { readPurposes } from "../../config/purposes.ts";
import { readBaseUrl, readTwilio } from "../../config/twilio.ts";
import { purposes, type Purpose } from "../../contract/words.ts";
import { EnvReader } from "../../lib/env-reader.ts";
import type { Ask, Check } from "./ask.ts";
import { verifyServiceNames } from "../../config/purposes.ts";
import type { Given, SettingName } from "./options.ts";

/** The operator's answers, without the choices that need the Twilio account. */
export interface Answers {
  readonly settings: Readonly<Partial<Record<SettingName, string>>>;
  readonly purposes: readonly Purpose[];
  readonly engine: "verify" | "messaging";
  readonly isDevelopment: boolean;
}

export type Asked =
  | { readonly kind: "answered"; readonly answers: Answers }
  | { readonly kind: "canceled" }
  /** Each problem is a sentence that names the setting and the cure. */
  | { readonly kind: "wrong"; readonly problems: readonly string[] };

/**
 * Asks for the settings that are neither given nor known. `ask` is undefined if questions are not
 * possible. All missing settings are then reported together.
 */
export async function askForSettings(
  given: Given,
  known: Readonly<Record<string, string>>,
  ask: Ask | undefined,
  isLocal: boolean,
): Promise<Asked> {
  const settings: Partial<Record<SettingName, string>> = {};
  const readKnown = (name: SettingName) => {
    const other = alternatives.get(name);
    const isReplaced = other !== undefined && given[other] !== undefined;
    const value = given[name] ?? (isReplaced ? undefined : known[name]);
    if (value !== undefined && value !== "") settings[name] = value;
    return settings[name];
  };
  for (const name of quiet) readKnown(name);
  // A deployment is never a development set-up: there the twin only replaces Twilio during the
  // set-up.
  const isDevelopment = isLocal && settings.TWILIO_BASE_URL !== undefined;
  for (const question of questions) {
    if (readKnown(question.name) !== undefined || !question.isNeeded(settings, isDevelopment))
      continue;
    const answer = ask && (await question.put(ask, isDevelopment));
    if (ask !== undefined && answer === undefined) return { kind: "canceled" };
    if (answer !== undefined && answer !== "") settings[question.name] = answer;
  }
  const problems = problemsOf(settings, isDevelopment);
  if (problems.length > 0) return { kind: "wrong", problems };
  const listed = settings.PURPOSES?.split(",").map((each) => each.trim()) ?? ["sign_in"];
  return {
    kind: "answered",
    answers: {
      settings,
      purposes: purposes.filter((purpose) => listed.includes(purpose)),
      engine: settings.OTP_ENGINE === "messaging" ? "messaging" : "verify",
      isDevelopment,
    },
  };
}

/** Settings that are used if they are given, but are never asked for. */
const quiet = [
  "TWILIO_BASE_URL",
  "TWILIO_REGION",
  "TWILIO_EDGE",
  "DEFAULT_COUNTRY",
  "TWILIO_FROM",
  "TWILIO_MESSAGING_SERVICE_SID",
  ...Object.values(verifyServiceNames),
] as const;

/** Two settings that name the sender. If one is given, it replaces the other. */
const alternatives = new Map<SettingName, SettingName>([
  ["TWILIO_FROM", "TWILIO_MESSAGING_SERVICE_SID"],
  ["TWILIO_MESSAGING_SERVICE_SID", "TWILIO_FROM"],
]);

type Settings = Readonly<Partial<Record<SettingName, string>>>;

interface Question {
  readonly name: SettingName;
  readonly isNeeded: (settings: Settings, isDevelopment: boolean) => boolean;
  readonly put: (ask: Ask, isDevelopment: boolean) => Promise<string | undefined>;
}

const always = () => true;
const byToken = (settings: Settings) => settings.TWILIO_API_KEY_SID === undefined;

const questions: readonly Question[] = [
  {
    name: "TWILIO_ACCOUNT_SID",
    isNeeded: always,
    put: (ask) =>
      ask.text("Twilio account sid (console.twilio.com, Account Info)", (value) =>
        /^AC[0-9a-f]{32}$/.test(value) ? undefined : "AC and 32 hexadecimal digits",
      ),
  },
  {
    name: "TWILIO_API_KEY_SID",
    isNeeded: (settings) => settings.TWILIO_AUTH_TOKEN === undefined,
    put: (ask) =>
      ask.text(
        "API key sid (SK…), or empty to use the auth token",
        (value) =>
          value === "" || /^SK[0-9a-f]{32}$/.test(value)
            ? undefined
            : "SK and 32 hexadecimal digits, or empty",
        "",
      ),
  },
  {
    name: "TWILIO_API_KEY_SECRET",
    isNeeded: (settings) => !byToken(settings),
    put: (ask) => ask.secret("API key secret (hidden input)", isSecret),
  },
  {
    name: "TWILIO_AUTH_TOKEN",
    isNeeded: byToken,
    put: (ask) => ask.secret("Twilio auth token (hidden input)", isSecret),
  },
  {
    name: "OTP_ENGINE",
    isNeeded: always,
    put: (ask) =>
      ask.choose("Which service makes the codes?", [
        { value: "verify", label: "Twilio Verify: text, call, WhatsApp" },
        { value: "messaging", label: "Phonegate, sent through Twilio Programmable Messaging" },
      ]),
  },
  {
    name: "PURPOSES",
    isNeeded: always,
    put: async (ask) =>
      (await ask.several("Which purposes do codes have?", purposeChoices))?.join(","),
  },
  {
    name: "APP_NAME",
    isNeeded: always,
    put: (ask) =>
      ask.text("Your app's name, as users know it", checkWith("APP_NAME", readName), "Phonegate"),
  },
  {
    name: "ISSUER",
    isNeeded: (_settings, isDevelopment) => !isDevelopment,
    put: (ask) =>
      ask.text(
        "The Worker's public origin (https://auth.example.com, or https://phonegate.<you>.workers.dev)",
        checkWith("ISSUER", (reader) => readIssuer(reader, false)),
      ),
  },
  {
    name: "ALLOWED_ORIGINS",
    isNeeded: (_settings, isDevelopment) => !isDevelopment,
    put: (ask) =>
      ask.text(
        "Origins of your web pages, separated by commas (may be empty)",
        checkWith("ALLOWED_ORIGINS", (reader) => readOrigins(reader, false)),
        "",
      ),
  },
  {
    name: "ALLOWED_COUNTRIES",
    isNeeded: (_settings, isDevelopment) => !isDevelopment,
    put: (ask) =>
      ask.text(
        "Countries to send to, separated by commas (US,GB)",
        checkWith("ALLOWED_COUNTRIES", (reader) => readCountries(reader, false)),
      ),
  },
];

const purposeChoices = [
  { value: "sign_in", label: "sign_in: open a session" },
  { value: "step_up", label: "step_up: prove the number again before a sensitive action" },
  { value: "two_factor", label: "two_factor: the second factor of your own login" },
  { value: "transaction", label: "transaction: confirm one action" },
];

const isSecret: Check = (value) =>
  /^[\x21-\x7e]{16,128}$/.test(value) ? undefined : "16 characters or more, without spaces";

/** Checks an answer with the Worker's own parser. */
function checkWith(name: string, read: (reader: EnvReader) => unknown): Check {
  return (value) => {
    const reader = new EnvReader({ [name]: value });
    read(reader);
    return reader.problems[0]?.replace(`${name}: `, "");
  };
}

const readName = (reader: EnvReader) =>
  reader.matching("APP_NAME", /^[^\p{C}<>{}]{1,50}$/u, "must be 1 to 50 plain characters");

/** Returns all problems that can be found without calling Twilio. */
function problemsOf(settings: Settings, isDevelopment: boolean): string[] {
  const reader = new EnvReader(settings);
  const baseUrl = readBaseUrl(reader);
  readTwilio(reader, baseUrl);
  readPurposes(reader);
  readName(reader);
  reader.matching("OTP_ENGINE", /^(verify|messaging)$/, "must be verify or messaging");
  readIssuer(reader, isDevelopment);
  readOrigins(reader, isDevelopment);
  readDefaultCountry(reader, readCountries(reader, isDevelopment));
  return reader.problems;
}
