import { readCaptcha, type CaptchaConfig } from "./captcha.ts";
import {
  conversionDefaults,
  countriesDefaults,
  failedChecksDefaults,
  type ConversionConstants,
  type CountriesRule,
  type FailedChecksConstants,
} from "./guard-rules.ts";
import { ruleModes, type RuleMode } from "../contract/words.ts";
import { readMoney, type Money, type Served } from "./money.ts";
import type { EnvReader } from "../lib/env-reader.ts";
import { isLoopback } from "../lib/origin.ts";

/** The default mode of each rule. */
export const standardRules = {
  /** Too many requests of one address at one location, counted by the rate-limiting binding. */
  flood: "refuse",
  /**
   * A prefix (ten thousand numbers) has too many sends without a right code. If no captcha is
   * configured, `challenge` refuses here.
   */
  prefix: "challenge",
  /** A country has too many of them. Refusing here would also refuse honest users. */
  country: "challenge",
  /** One address sends to many countries without a right code in any of them. */
  address_countries: "challenge",
  /** Too many failed checks worldwide. */
  failed_checks: "challenge",
  /** What Twilio Lookup says about the number. */
  voip: "challenge",
  pumping: "challenge",
} as const satisfies Record<string, RuleMode>;

export type RuleName = keyof typeof standardRules;
export type Rules = Readonly<Record<RuleName, RuleMode>>;

const isRule = (name: string): name is RuleName => Object.hasOwn(standardRules, name);

export const ruleNames: readonly RuleName[] = Object.keys(standardRules).filter(isRule);

/**
 * The part of the guard that judges each rule. Each part has a record of its rules
 * (`RulesJudgedBy`), so a rule without an evaluator does not compile.
 */
interface Judges {
  readonly flood: "door";
  readonly prefix: "conversion";
  readonly country: "conversion";
  readonly address_countries: "address";
  readonly failed_checks: "world";
  readonly voip: "line";
  readonly pumping: "line";
}

/** The rules that this part of the guard judges. */
export type RulesJudgedBy<Judge extends Judges[RuleName]> = {
  [Name in RuleName]: Judges[Name] extends Judge ? Name : never;
}[RuleName];

export interface GuardConfig {
  readonly rules: Rules;
  readonly captcha: CaptchaConfig | undefined;
  readonly money: Money | undefined;
  readonly conversion: ConversionConstants;
  readonly failedChecks: FailedChecksConstants;
  readonly countries: CountriesRule;
  /** Undefined if Lookup is off. */
  readonly lookup: { readonly pumpingScore: number } | undefined;
  readonly alerts: AlertWebhook | undefined;
}

/** Where alerts go in addition to the log. */
export interface AlertWebhook {
  readonly url: string;
  readonly secret: string;
}

/** Reads all settings of the guard. */
export function readGuard(reader: EnvReader, development: boolean, served: Served): GuardConfig {
  return {
    rules: readRules(reader),
    captcha: readCaptcha(reader, development),
    money: readMoney(reader, served),
    conversion: readConversion(reader),
    failedChecks: readFailedChecks(reader),
    countries: {
      ...countriesDefaults,
      mostCountries: reader.number("GUARD_COUNTRIES_PER_ADDRESS", 3, 1, 10),
    },
    lookup: readLookup(reader),
    alerts: readAlerts(reader, development),
  };
}

/**
 * Reads `prefix:record,country:off`. With `GUARD_RECORD=on` all rules only record, unless they are
 * off.
 */
function readRules(reader: EnvReader): Rules {
  const rules: Record<RuleName, RuleMode> = { ...standardRules };
  const cure = `must be a rule:mode pair, each rule once: rules ${ruleNames.join(", ")}, modes ${ruleModes.join(", ")}`;
  const seen = new Set<string>();
  const isWrong = reader.list("GUARD_RULES").map((entry) => {
    const [, name = "", mode = ""] = /^([a-z_]+):([a-z]+)$/.exec(entry) ?? [];
    if (!isRule(name) || !isMode(mode) || seen.has(name)) return true;
    seen.add(name);
    rules[name] = mode;
    return false;
  });
  reader.wrongEntries("GUARD_RULES", isWrong, cure);
  if (rules.flood === "challenge")
    reader.problem(
      "GUARD_RULES",
      "has flood:challenge, but a flood can only be refused or recorded",
    );
  if (reader.flag("GUARD_RECORD"))
    for (const name of ruleNames) if (rules[name] !== "off") rules[name] = "record";
  return rules;
}

const isMode = (text: string): text is RuleMode => ruleModes.some((mode) => mode === text);

function readConversion(reader: EnvReader): ConversionConstants {
  const value = reader.numbers("GUARD_CONVERSION", {
    least_day: { standard: conversionDefaults.leastDayCapacity, least: 1, most: 100_000 },
    best_day_share: { standard: conversionDefaults.dayShareOfBestDay, least: 0, most: 10 },
    last_day_share: { standard: conversionDefaults.dayShareOfLastDay, least: 0, most: 10 },
    least_hour: { standard: conversionDefaults.leastHourCapacity, least: 1, most: 100_000 },
    hours_per_day: { standard: conversionDefaults.hourCapacitiesPerDay, least: 1, most: 24 },
    last_hour_share: { standard: conversionDefaults.hourShareOfLastHour, least: 0, most: 10 },
  });
  return {
    leastDayCapacity: value("least_day"),
    dayShareOfBestDay: value("best_day_share"),
    dayShareOfLastDay: value("last_day_share"),
    leastHourCapacity: value("least_hour"),
    hourCapacitiesPerDay: value("hours_per_day"),
    hourShareOfLastHour: value("last_hour_share"),
  };
}

function readFailedChecks(reader: EnvReader): FailedChecksConstants {
  const value = reader.numbers("GUARD_FAILED_CHECKS", {
    window_minutes: { standard: failedChecksDefaults.windowMinutes, least: 1, most: 60 },
    least: { standard: failedChecksDefaults.leastFailed, least: 10, most: 1_000_000 },
    per_approval: { standard: failedChecksDefaults.failedPerApproval, least: 0.1, most: 100 },
    open_minutes: { standard: failedChecksDefaults.askMs / 60_000, least: 1, most: 1440 },
  });
  return {
    windowMinutes: value("window_minutes"),
    leastFailed: value("least"),
    failedPerApproval: value("per_approval"),
    askMs: value("open_minutes") * 60_000,
  };
}

function readLookup(reader: EnvReader): GuardConfig["lookup"] {
  const pumpingScore = reader.number("LOOKUP_PUMPING_SCORE", 75, 1, 100);
  return reader.flag("LOOKUP") ? { pumpingScore } : undefined;
}

function readAlerts(reader: EnvReader, development: boolean): AlertWebhook | undefined {
  const url = reader.text("ALERT_WEBHOOK_URL");
  const secret = reader.matching(
    "ALERT_WEBHOOK_SECRET",
    /^[\x21-\x7e]{16,200}$/,
    "must be 16 to 200 visible characters",
  );
  if (url === undefined) return undefined;
  if (!isAlertAddress(URL.parse(url), development))
    return reader.problem("ALERT_WEBHOOK_URL", "must be an https address without user info");
  return secret === undefined
    ? reader.problem(
        "ALERT_WEBHOOK_SECRET",
        "must be set with ALERT_WEBHOOK_URL: it signs the alerts",
      )
    : { url, secret };
}

/**
 * In development http addresses of this machine are allowed too, so that the operator can test
 * alerts.
 */
function isAlertAddress(url: URL | null, development: boolean): boolean {
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (development && url.protocol === "http:" && isLoopback(url));
}
