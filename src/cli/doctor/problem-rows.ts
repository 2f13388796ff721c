import type { ConfigOutcome } from "../../config.ts";
import { ownKeyNames, secretNames } from "../../config/secret-names.ts";
import { keysFile } from "../keys-file.ts";
import { askedNames } from "../setup/options.ts";
import { settingsFileOf, type Mode, type Patient } from "./patient.ts";
import { failure, ok, warning, type Row } from "./row.ts";

/** What the Worker's own parser says, each problem with what cures it here. */
export function problemRows(patient: Patient, outcome: ConfigOutcome): Row[] {
  if (outcome.kind === "ok") return [ok("Settings", "All settings", "are known and fit together")];
  return problemsOf(outcome).map(([name, problem]) => problemRow(patient, name, problem));
}

/** Secrets with a problem of which this machine has no more than a copy. */
export function wrongCopies({ places }: Patient, outcome: ConfigOutcome): string[] {
  const names = new Set(problemsOf(outcome).map(([name]) => name));
  return [...names].filter((name) => places.get(name) === keysFile);
}

/** Warnings: Cloudflare does not tell whether the deployed secret is the same. */
export function copyRows(outcome: ConfigOutcome, copies: readonly string[]): Row[] {
  return problemsOf(outcome)
    .filter(([name]) => copies.includes(name))
    .map(([name, problem]) =>
      warning(
        { area: "Settings", name, detail: `is wrong in ${keysFile}, the copy on this machine` },
        `${name} ${problem}. Mend the copy; if the deployed one is the same, put it: npx wrangler secret put ${name}`,
      ),
    );
}

/** A problem of the parser begins with its setting's name. */
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
  const told = isSecret(name) ? problem : withEntries(problem, value);
  const end = told.endsWith("?") ? "" : ".";
  return failure(
    { area: "Settings", name, detail: "is wrong" },
    `${name} ${told}${end} It stands in ${places.get(name) ?? ""}.`,
  );
}

/** What can write a setting that is nowhere: by its kind, since a set-up does not write them all. */
function whereTo(mode: Mode, name: string): string {
  const setup = mode.kind === "local" ? "`npm run setup -- --local`" : "`npm run setup`";
  const file = settingsFileOf(mode);
  // A set-up writes its own files, not one that `--settings` names.
  if (mode.kind !== "file") {
    if (ownKeyNames.some((key) => key === name)) return ` ${setup} makes it.`;
    if (name === "SERVICE_KEYS") return ` ${setup} makes one, \`npm run keys -- service\` more.`;
    if (askedNames.has(name)) return ` ${setup} asks for it.`;
  }
  if (isBinding(name)) return "";
  if (mode.kind === "production" && isSecret(name))
    return ` Put it: npx wrangler secret put ${name}.`;
  return ` Write it into ${file}.`;
}

const isSecret = (name: string): boolean => secretNames.some((secret) => secret === name);

/** The parser itself says where in wrangler.toml a binding belongs. */
const isBinding = (name: string): boolean =>
  ["LIMITS", "PHONE_LEDGER", "SEND_BUDGET", "SUBJECT_SESSIONS"].includes(name);

/** `entry 2 must be …` with the entry's text: on the operator's own terminal it may be told. */
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
