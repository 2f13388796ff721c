// `npm run keys`: generates one key, and prints it with instructions. Stores nothing.
import { parseArgs } from "node:util";
import { runAsScript, type Main } from "./command.ts";
import {
  pepperText,
  serviceKeyText,
  signingKeyText,
  usage,
  webhookSecretText,
} from "./key-instructions.ts";
import { signingAlgorithms } from "../lib/signing-key-parts.ts";
import { createSigningJwk } from "./keys.ts";
import { randomKey, randomWebhookSecret } from "./random-key.ts";
import { createServiceKey, isClientId, parsePurposes, parseScopes } from "./service-key.ts";

type Outcome = { kind: "made"; text: string } | { kind: "refused"; problem: string };
const made = (text: string): Outcome => ({ kind: "made", text });
const refused = (problem: string): Outcome => ({ kind: "refused", problem });

/** One kind of key with its options. `make` gets their values in the same order. */
interface Maker {
  readonly options: readonly string[];
  readonly optional?: readonly string[];
  readonly make: (...values: string[]) => Outcome | Promise<Outcome>;
}

const makers = new Map<string, Maker>([
  ["service", { options: ["client-id"], optional: ["purposes", "scopes"], make: makeServiceKey }],
  ["signing", { options: ["algorithm"], make: makeSigningKey }],
  ["pepper", { options: ["version"], make: makePepper }],
  ["webhook", { options: [], make: () => made(webhookSecretText(randomWebhookSecret())) }],
]);

function makeServiceKey(clientId: string, purposeList: string, scopeList: string): Outcome {
  if (!isClientId(clientId))
    return refused("--client-id must be 1 to 64 letters, digits, dots, dashes or underscores.");
  if (purposeList === "" && scopeList === "")
    return refused("--purposes, --scopes or both must be given.");
  const purposes = purposeList === "" ? [] : parsePurposes(purposeList);
  if (typeof purposes === "string") return refused(purposes);
  const scopes = scopeList === "" ? [] : parseScopes(scopeList);
  if (typeof scopes === "string") return refused(scopes);
  const { key, entry } = createServiceKey(clientId, purposes, scopes);
  return made(serviceKeyText(key, entry));
}

async function makeSigningKey(name: string): Promise<Outcome> {
  const algorithm = signingAlgorithms.find((one) => one === name);
  if (algorithm === undefined)
    return refused(`--algorithm must be one of ${signingAlgorithms.join(", ")}.`);
  return made(signingKeyText(await createSigningJwk(algorithm)));
}

function makePepper(version: string): Outcome {
  if (!/^[1-9]\d{0,2}$/.test(version) || Number(version) > 255)
    return refused("--version must be a number from 1 to 255 that none of your peppers has.");
  return made(pepperText(Number(version), randomKey()));
}

async function run(given: readonly string[]): Promise<Outcome> {
  if (given.includes("--help")) return made(usage);
  const [what = "", ...args] = longForm(given);
  const maker = makers.get(what);
  if (maker === undefined)
    return refused(`Name the kind of key: ${[...makers.keys()].join(", ")}.`);
  const values = readOptions(args, maker);
  return typeof values === "string" ? refused(values) : maker.make(...values);
}

/** Expands the short form `--alg RS256` to `signing --algorithm RS256`. */
function longForm(given: readonly string[]): readonly string[] {
  if (!/^--alg(=|$)/.test(given[0] ?? "")) return given;
  return ["signing", ...given.map((text) => text.replace(/^--alg(?==|$)/, "--algorithm"))];
}

/**
 * Returns the values of these options. Returns a sentence if another option is given, or one of
 * these is given twice or empty.
 */
function readOptions(args: readonly string[], maker: Maker): string[] | string {
  const { options: needed, optional = [] } = maker;
  const names = [...needed, ...optional];
  // With `multiple` a repeated option is found. Otherwise parseArgs silently uses the last one.
  const option = { type: "string", multiple: true } as const;
  const options = Object.fromEntries(names.map((name) => [name, option]));
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true });
    const isWrong = (name: string) =>
      values[name] === undefined ? needed.includes(name) : values[name].join() === "";
    const wrong = names.find((name) => isWrong(name) || (values[name] ?? []).length > 1);
    return wrong === undefined
      ? names.map((name) => values[name]?.[0] ?? "")
      : `--${wrong} must be given exactly once.`;
  } catch (error) {
    // The message of parseArgs names the unknown option.
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}

export const main: Main = async (args, _env, io) => {
  const outcome = await run(args);
  if (outcome.kind === "made") io.say(outcome.text);
  else io.complain(`${outcome.problem}\n\n${usage}`);
  return outcome.kind === "made" ? 0 : 1;
};

await runAsScript(import.meta.filename, main);
