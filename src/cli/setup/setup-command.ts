// `npm run setup`: asks for credentials and sets up a deployment, or a laptop's `.dev.vars`.
import { join } from "node:path";
import { readTwilio, readBaseUrl } from "../../config/twilio.ts";
import { EnvReader } from "../../lib/env-reader.ts";
import { runAsScript, type CommandIo, type Main } from "../command.ts";
import { deploymentToml } from "../cloudflare/deployment-toml.ts";
import { readManifest } from "../cloudflare/wrangler-toml.ts";
import { TwilioCaller } from "../twilio/caller.ts";
import { readText } from "../whole-file.ts";
import { terminalAsk, type Ask } from "./ask.ts";
import { planDeployment, type ExistingConfig } from "./deployment-plan.ts";
import { planLocal, type Plan } from "./local-plan.ts";
import { readDeploymentFile } from "../deployment-file.ts";
import { readLines, withoutEmpty } from "../env-lines.ts";
import { readOptions, usage, type Options } from "./options.ts";
import { askForSettings, type Answers } from "./questions.ts";
import { failureText, runSteps } from "./step.ts";
import { chooseAtTwilio, type TwilioChoices } from "./twilio-choices.ts";

const devVarsOf = ({ directory }: CommandIo): string => join(directory, ".dev.vars");
type Settings = Readonly<Record<string, string>>;

/**
 * Returns 0 if all steps were done (or shown), 1 if a step failed or was refused, 2 for wrong
 * arguments.
 */
export const main: Main = async (args, env, io) => {
  const options = readOptions(args, env, io.canAsk);
  if (typeof options === "string") {
    io.complain(options === "" ? usage : `${options}\n\n${usage}`);
    return options === "" ? 0 : 2;
  }
  const read = (file: string) => readText(join(io.directory, file));
  const toml = (await read("wrangler.toml")) ?? "";
  const manifest = readManifest(toml, options.isLocal ? undefined : await read(deploymentToml));
  if (typeof manifest === "string") return refuse(io, manifest);
  const ask = options.isSilent ? undefined : terminalAsk;
  const there = { workerName: manifest.name, inherited: withoutEmpty(manifest.vars) };
  const known = await readKnown(io, options, there.inherited);
  const asked = await askForSettings(options.given, known, ask, options.isLocal);
  if (asked.kind === "canceled") return refuse(io, "Nothing was changed.");
  if (asked.kind === "wrong") {
    io.complain(["Missing or wrong:", ...asked.problems.map((each) => `  ${each}`)].join("\n"));
    io.complain("Nothing was changed. `npm run setup -- --help` lists the flags.");
    return 2;
  }
  return planAndRun(io, options, there, asked.answers, ask);
};

async function planAndRun(
  io: CommandIo,
  options: Options,
  there: ExistingConfig,
  answers: Answers,
  ask: Ask | undefined,
): Promise<number> {
  io.say("Calling Twilio …");
  const twilio = callerFor(answers);
  const chosen = await chooseAtTwilio(answers, twilio, ask);
  if (chosen.kind === "canceled") return refuse(io, "Nothing was changed.");
  if (chosen.kind === "failed") return refuseWith(io, chosen.diagnosis);
  io.say("Twilio accepts the credentials.");
  if (!options.isLocal) io.say("Calling Cloudflare …");
  const plan = await planFor(io, options, there, answers, chosen.choices, twilio);
  if (plan.kind === "refused") return refuseWith(io, plan);
  for (const remark of plan.remarks) io.say(`! ${remark}`);
  io.say(["", "The steps:", ...plan.steps.map(({ title }) => `  - ${title}`), ""].join("\n"));
  if (options.isDryRun) {
    io.say("This was a dry run: nothing was changed.");
    return 0;
  }
  if (ask !== undefined && !(await ask.confirm("Continue?")))
    return refuse(io, "Nothing was changed.");
  return runPlan(io, options, plan);
}

async function runPlan(
  io: CommandIo,
  { isLocal }: Options,
  plan: Extract<Plan, { kind: "planned" }>,
): Promise<number> {
  const report = await runSteps(plan.steps, io.say);
  if (report.failure !== undefined) {
    io.complain(`\n${failureText(report)}`);
    return 1;
  }
  io.say(isLocal ? localEnd : deploymentEnd);
  return 0;
}

const localEnd = `
Ready. Check the settings with \`npm run doctor\`, then run \`npm start\`.`;
const deploymentEnd = `
Ready. \`npm run deploy\` checks everything again (\`npm run doctor\`) and deploys.`;

function planFor(
  io: CommandIo,
  options: Options,
  there: ExistingConfig,
  answers: Answers,
  choices: TwilioChoices,
  twilio: TwilioCaller,
): Promise<Plan> {
  return options.isLocal
    ? planLocal(devVarsOf(io), answers, choices, options, twilio)
    : planDeployment({ ...io, ...there }, answers, choices, options, twilio);
}

/**
 * Returns the settings that exist already. A file for the twin has no valid settings for the real
 * Twilio. So its Twilio settings are ignored, unless the operator names the twin again.
 */
async function readKnown(io: CommandIo, options: Options, inherited: Settings): Promise<Settings> {
  const written = options.isLocal
    ? readLines(await readText(devVarsOf(io)))
    : await readDeploymentFile(io.directory);
  const known = withoutEmpty({ ...inherited, ...written });
  const base = options.given.TWILIO_BASE_URL;
  if (known.TWILIO_BASE_URL === undefined || known.TWILIO_BASE_URL === base) return known;
  return Object.fromEntries(Object.entries(known).filter(([name]) => !name.startsWith("TWILIO_")));
}

function callerFor({ settings }: Answers): TwilioCaller {
  const reader = new EnvReader(settings);
  const access = readTwilio(reader, readBaseUrl(reader));
  // `askForSettings` has already checked these settings.
  if (access === undefined) throw new Error("the credentials were not checked");
  return new TwilioCaller(access, { fetch, now: Date.now });
}

function refuseWith(io: CommandIo, { detail, cure }: { detail: string; cure: string }): number {
  io.complain(`✗ ${detail}\n  → ${cure}\nNothing was changed.`);
  return 1;
}

function refuse(io: CommandIo, problem: string): number {
  io.complain(problem);
  return 1;
}

await runAsScript(import.meta.filename, main);
