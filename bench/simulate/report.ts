import type { Money } from "../../src/config/money.ts";
import { allowedAnHour, flood } from "./flood.ts";
import type { GuardedWorker, Layers } from "./guarded.ts";
import {
  crowd,
  honestPast,
  rehearse,
  rehearseFarm,
  type Rehearsal,
  type Tally,
} from "./pumping.ts";
import { dayMs, type Attack } from "./traffic.ts";

const money: Money = {
  microPrices: { "US/sms": 8300, "GB/sms": 40_000, "*/sms": 100_000 },
  microBudget: 150_000_000,
  currency: "USD",
};

export const none: Layers = {
  captcha: "off",
  addressWindows: false,
  numberWindows: false,
  sendsPerDay: undefined,
  money: undefined,
  reservedPercent: 0,
  prefix: "off",
  country: "off",
  countriesPerAddress: "off",
};

export const all: Layers = {
  captcha: "risky",
  addressWindows: true,
  numberWindows: true,
  sendsPerDay: 3000,
  money,
  reservedPercent: 20,
  prefix: "challenge",
  country: "challenge",
  countriesPerAddress: "challenge",
};

export const rehearsalAttack: Attack = {
  name: "5 prefixes, all day",
  starts: 20_000,
  numbers: 500,
  prefixes: 5,
  addresses: 200,
  countries: 1,
  spanMs: dayMs,
};

const attacks: readonly Attack[] = [
  { ...rehearsalAttack, name: "5 prefixes, in four hours", spanMs: dayMs / 6 },
  { ...rehearsalAttack, name: "500 prefixes, one number each", prefixes: 500 },
  { ...rehearsalAttack, name: "2,000 prefixes, 20,000 numbers", numbers: 20_000, prefixes: 2000 },
  { ...rehearsalAttack, name: "20 countries, 100 prefixes", prefixes: 100, countries: 20 },
];

const farmDays = 3;

type Rule = readonly [name: string, layers: Layers];

/** Tables that do not depend on earlier days. */
const forgetful: readonly Rule[] = [
  ["no rule", none],
  ["windows per address (KV) alone", { ...none, addressWindows: true }],
  ["windows per number alone", { ...none, numberWindows: true }],
  ["both, as most do", { ...none, addressWindows: true, numberWindows: true }],
  ["3,000 sends a day alone", { ...none, sendsPerDay: 3000 }],
  ["150 USD a day alone", { ...none, money }],
];

/** The rule is sized by the approvals of two weeks. */
const remembering: readonly Rule[] = [
  ["full prefix refuses alone", { ...none, prefix: "challenge" }],
  ["full country asks for a captcha alone", { ...none, captcha: "risky", country: "challenge" }],
  ["full country refuses alone (not ours)", { ...none, country: "refuse" }],
  ["all, without a captcha", { ...all, captcha: "off" }],
  ["all, TURNSTILE=risky", all],
  ["all, TURNSTILE=always", { ...all, captcha: "always" }],
];

/** All tables as Markdown. The same seed gives the same tables. */
export async function report(seed: number): Promise<string> {
  const past = await honestPast(all, seed);
  return [
    `### One address floods every location (seed ${seed})`,
    "",
    `3,600 starts in ten minutes; the window allows ${allowedAnHour} an hour. Starts that pass:`,
    "",
    await floodTable(seed),
    "",
    `### Pumping: ${count(rehearsalAttack.starts)} starts to 500 numbers in 5 prefixes from 200 addresses, no code entered`,
    "",
    `Beside ${count(crowd.people)} honest people of the same country in ${count(crowd.prefixes)} prefixes, the 5 among them; 80% enter their code after 30 s. A text costs 0.10 USD.`,
    "",
    await rulesTable("Without history", [...forgetful, ...remembering], undefined, seed),
    "",
    await rulesTable("With two weeks of history", remembering, past, seed),
    "",
    "### Other shapes of attack, all rules, two weeks of history",
    "",
    await attacksTable(seed, past),
    "",
    "### A SIM farm: 500 numbers in 5 prefixes verify once each, then 20,000 starts a day with their device tokens",
    "",
    "All rules, two weeks of history. No code is entered after the first day.",
    "",
    await farmTable(seed, past),
  ].join("\n");
}

async function floodTable(seed: number): Promise<string> {
  const layers = { windowsAlone: { ...none, addressWindows: true }, all };
  const rows: string[][] = [];
  for (const locations of [1, 10, 50, 300]) {
    const passed = await flood(locations, layers, seed);
    const cellsOfRow = [
      passed.windowsAlone,
      passed.appendOnly,
      passed.layered,
      passed.layeredWithCaptcha,
    ].map((starts) => `${count(starts)} (${(starts / allowedAnHour).toFixed(1)}×)`);
    rows.push([String(locations), ...cellsOfRow]);
  }
  const head = [
    "locations",
    "KV windows alone",
    "append-only KV",
    "all rules, no captcha",
    "all rules, TURNSTILE=risky",
  ];
  return table(head, rows);
}

async function rulesTable(
  title: string,
  rules: readonly Rule[],
  past: GuardedWorker | undefined,
  seed: number,
): Promise<string> {
  const rows: string[][] = [];
  for (const [name, layers] of rules)
    rows.push([name, ...(await cells({ attack: rehearsalAttack, layers, past, seed }))]);
  return table([title, ...tallyHead], rows);
}

async function attacksTable(seed: number, past: GuardedWorker): Promise<string> {
  const rows: string[][] = [];
  for (const attack of attacks)
    for (const captcha of ["off", "risky"] as const) {
      const rehearsal = { attack, layers: { ...all, captcha }, past, seed };
      rows.push([`${attack.name}; captcha ${captcha}`, ...(await cells(rehearsal))]);
    }
  return table(["attack", ...tallyHead], rows);
}

async function farmTable(seed: number, past: GuardedWorker): Promise<string> {
  const rows: string[][] = [];
  for (const captcha of ["off", "risky"] as const) {
    const layers = { ...all, captcha };
    const tallies = await rehearseFarm({ attack: rehearsalAttack, layers, past, seed }, farmDays);
    for (const [day, tally] of tallies.entries())
      rows.push([`day ${day + 1}; captcha ${captcha}`, ...cellsOf(tally)]);
  }
  return table(["a SIM farm", ...tallyHead], rows);
}

const tallyHead = [
  "attack's texts",
  "of its starts",
  "lost",
  "honest refused",
  "honest asked for a captcha",
  "breaker keys",
];

const cells = async (rehearsal: Rehearsal) => cellsOf(await rehearse(rehearsal));

function cellsOf(tally: Tally): string[] {
  const { attackTexts, attackStarts, honest, honestRefused, honestChallenged } = tally;
  return [
    count(attackTexts),
    percent(attackTexts / attackStarts),
    `${count(attackTexts / 10)} USD`,
    percent(honestRefused / honest),
    percent(honestChallenged / honest),
    count(tally.conversionKeys),
  ];
}

const count = (value: number) => Math.round(value).toLocaleString("en-US");
const percent = (share: number) => `${(share * 100).toFixed(2)}%`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...rows];
  return lines.map((cellsOfLine) => `| ${cellsOfLine.join(" | ")} |`).join("\n");
}
