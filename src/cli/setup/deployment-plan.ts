import { join } from "node:path";
import { CloudflareAccount, type Outcome } from "../cloudflare/account.ts";
import { secretNames } from "../../config/secret-names.ts";
import type { CommandIo } from "../command.ts";
import { deploymentFile } from "../deployment-file.ts";
import { readLines, readSet } from "../env-lines.ts";
import { keysFile } from "../keys-file.ts";
import type { TwilioCaller } from "../twilio/caller.ts";
import { plainMode, readText, secretMode, writeWhole } from "../whole-file.ts";
import { chosenCredentials, chosenSettings } from "./chosen-settings.ts";
import type { Plan } from "./local-plan.ts";
import { keysFileHeader, missingKeys, withNewKeys } from "./own-keys.ts";
import type { Answers } from "./questions.ts";
import { serviceSteps } from "./service-steps.ts";
import { saveSettings, writeStep } from "./settings-file.ts";
import { done, failed, type Step } from "./step.ts";
import type { TwilioChoices } from "./twilio-choices.ts";

const deploymentHeader = `# The settings of this deployment, written by \`npm run setup\` and deployed by \`npm run deploy\`.
# Change or add what you like: docs/settings.md has the table. Secrets are not here.
`;

/** What the configuration files of wrangler say before a set-up. */
export interface ThereAlready {
  readonly workerName: string;
  /** What `[vars]` of wrangler.toml sets. It moves, since the next version brings its own wrangler.toml. */
  readonly inherited: Readonly<Record<string, string>>;
}

type Place = Pick<CommandIo, "directory" | "wrangler"> & ThereAlready;

/**
 * The steps of a deployment's set-up. Cloudflare is asked first which secrets there are: one that is
 * there is never replaced, above all SUBJECT_KEY, with which every user would go.
 */
export async function planDeployment(
  { directory, wrangler, workerName, inherited }: Place,
  answers: Answers,
  choices: TwilioChoices,
  options: { readonly codeLength: number; readonly isDryRun: boolean },
  twilio: TwilioCaller,
): Promise<Plan> {
  const credentials = chosenCredentials(answers);
  const cloudflare = new CloudflareAccount(wrangler, workerName);
  const listed = await listDeployed(cloudflare);
  if (listed.kind === "failed" && !options.isDryRun)
    return { kind: "refused", ...listed.diagnosis };
  const deployed = listed.kind === "failed" ? new Set<string>() : listed.value;

  const keysPath = join(directory, keysFile);
  const kept = readSet(await readText(keysPath));
  const keys = missingKeys(new Set([...deployed, ...Object.keys(kept)]), answers.purposes);
  const file = { path: join(directory, deploymentFile), header: deploymentHeader, mode: plainMode };
  const written = readLines(await readText(file.path));
  const moved = Object.entries(inherited).filter(
    ([name]) => written[name] === undefined && !secretNames.some((secret) => secret === name),
  );
  const names = [...Object.keys(credentials), ...keys, ...Object.keys(kept)];
  const puts = [...new Set(names)].filter((name) => !deployed.has(name));
  const stays = [...new Set(names)].filter((name) => deployed.has(name));

  const steps: Step[] = [
    // First, so that what is chosen now replaces it.
    ...(moved.length === 0 ? [] : [writeStep(file, Object.fromEntries(moved))]),
    ...(keys.length === 0 ? [] : [makeKeys(keysPath, keys, answers)]),
    ...serviceSteps(choices.services, options.codeLength, twilio, (values) =>
      saveSettings(file, values),
    ),
    writeStep(file, chosenSettings(answers, choices)),
    ...(puts.length === 0
      ? []
      : [
          putSecrets(cloudflare, puts, async () => ({
            ...readSet(await readText(keysPath)),
            ...credentials,
          })),
        ]),
  ];
  const remarks = [
    ...choices.remarks,
    ...(listed.kind === "failed"
      ? [
          `${listed.diagnosis.detail}, so these are the steps of a first deployment. ${listed.diagnosis.cure}`,
        ]
      : []),
    ...(moved.length === 0
      ? []
      : [
          `${moved.map(([name]) => name).join(", ")}: moved from wrangler.toml into ${deploymentFile}. Empty those lines there (\`git checkout wrangler.toml\`, if you changed nothing else in it)`,
        ]),
    ...(stays.length === 0
      ? []
      : [
          `Deployed already, and left as they are: ${stays.join(", ")}. To replace one: npx wrangler secret put NAME`,
        ]),
  ];
  return { kind: "planned", steps, remarks };
}

/** The names of the secrets that are deployed. A rehearsal can do without them. */
async function listDeployed(cloudflare: CloudflareAccount): Promise<Outcome<ReadonlySet<string>>> {
  const login = await cloudflare.checkLogin();
  return login.kind === "failed" ? login : cloudflare.listSecrets();
}

function makeKeys(path: string, keys: readonly string[], answers: Answers): Step {
  return {
    title: `Make the keys ${keys.join(", ")} and keep them in ${keysFile}`,
    run: async () => {
      const before = (await readText(path)) ?? keysFileHeader;
      await writeWhole(path, await withNewKeys(before, keys, answers.purposes), secretMode);
      return done("for your eyes alone; keep a copy somewhere safe");
    },
  };
}

function putSecrets(
  cloudflare: CloudflareAccount,
  names: readonly string[],
  values: () => Promise<Record<string, string>>,
): Step {
  return {
    title: `Put the secrets ${names.join(", ")}`,
    run: async () => {
      const all = await values();
      const secrets = Object.fromEntries(names.map((name) => [name, all[name] ?? ""]));
      const put = await cloudflare.putSecrets(secrets);
      return put.kind === "failed" ? failed(put.diagnosis) : done();
    },
  };
}
