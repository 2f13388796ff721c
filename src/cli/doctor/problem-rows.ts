import type { ConfigOutcome } from "../../config.ts";
import { ownKeyNames, secretNames } from "../../config/secret-names.ts";
import { keysFile } from "../keys-file.ts";
import { askedNames } from "../setup/options.ts";
import { settingsFileOf, type Mode, type Patient } from "./patient.ts";
import { failure, ok, warning, type Row } from "./row.ts";

/** Rows for the problems that the Worker's parser found, each with its cure. */
export function problemRows(patient: Patient, outcome: ConfigOutcome): Row[] {
  if (outcome.kind === "ok") return [ok("Settings", "All settings", "are known and consistent")];
  return problemsOf(outcome).map(([name, problem]) => problemRow(patient, name, problem));
}

/** Returns the names of wrong secrets of which this machine has only a copy. */
export function wrongCopies({ places }: Patient, outcome: ConfigOutcome): string[] {
  const names = new Set(problemsOf(outcome).map(([name]) => name));
  return [...names].filter((name) => places.get(name) === keysFile);
}

/**
 * Warnings about wrong copies. Cloudflare does not show whether the deployed secret is the same.
 */
export function copyRows(outcome: ConfigOutcome, copies: readonly string[]): Row[] {
  return problemsOf(outcome)
    .filter(([name]) => copies.includes(name))
    .map(([name, problem]) =>
      warning(
        { area: "Settings", name, detail: `is wrong in ${keysFile}, the copy on this machine` },
        `${name} ${problem}. Correct the copy. If the deployed secret is the same, replace it: npx wrangler secret put ${name}`,
      ),
    );
}

/** Splits each problem of the parser, which begins with the setting's name. */
function problemsOf(outcome: ConfigOutcome): [name: string, problem: string][] {
  const problems = outcome.kind === "ok" ? [] : outcome.problems;
  return problems.map((problem) => {
    const at = problem.indexOf(": ");
    return [problem.slice(0, at), problem.slice(at + 2)];
  });
}

function problemRow({ mode, values, places }: Patient, name: string, problem: string): Row {
  const value = values[name];
  if (value === undefined) {
    const finding = { area: "Settings", name, detail: "is not set" } as const;
    return { ...failure(finding, `${name} ${problem}.${whereTo(mode, name)}`), isUnset: true };
  }
  const shownProblem = isQuotable(name) ? withEntries(problem, value) : problem;
  const end = shownProblem.endsWith("?") ? "" : ".";
  return failure(
    { area: "Settings", name, detail: "is wrong" },
    `${name} ${shownProblem}${end} It is set in ${places.get(name) ?? ""}.`,
  );
}

/** Returns a sentence on how to set a missing setting. `npm run setup` writes only some of them. */
function whereTo(mode: Mode, name: string): string {
  const setup = mode.kind === "local" ? "`npm run setup -- --local`" : "`npm run setup`";
  const file = settingsFileOf(mode);
  // `npm run setup` does not write a file that `--settings` names.
  if (mode.kind !== "file") {
    if (ownKeyNames.some((key) => key === name)) return ` ${setup} generates it.`;
    if (name === "SERVICE_KEYS")
      return ` ${setup} generates one, and \`npm run keys -- service\` generates more.`;
    if (askedNames.has(name)) return ` ${setup} asks for it.`;
  }
  if (isBinding(name)) return "";
  if (mode.kind === "production" && isSecret(name))
    return ` Set it: npx wrangler secret put ${name}.`;
  return ` Add it to ${file}.`;
}

const isSecret = (name: string): boolean => secretNames.some((secret) => secret === name);

/** The parser's message names the place of a binding in wrangler.toml. */
const isBinding = (name: string): boolean =>
  ["LIMITS", "PHONE_LEDGER", "SEND_BUDGET", "SUBJECT_SESSIONS"].includes(name);

/** An entry of `TEST_NUMBERS` has the code of its number. */
const isQuotable = (name: string): boolean => !isSecret(name) && name !== "TEST_NUMBERS";

/** Adds the entry's text to `entry 2 must be …`. The operator's own terminal may show it. */
function withEntries(problem: string, value: string): string {
  const entries = value.split(",").map((entry) => entry.trim());
  return problem.replace(
    /^(entry|entries) (\d+(?:, \d+)*)/,
    (_match, noun: string, list: string) => {
      const named = list.split(", ").map((place) => {
        const text = entries[Number(place) - 1];
        return text === undefined ? place : `${place} (${text})`;
      });
      return `${noun} ${named.join(", ")}`;
    },
  );
}
