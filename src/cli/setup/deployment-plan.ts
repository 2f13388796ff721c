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

const deploymentHeader = `# The settings of this deployment. \`npm run setup\` wrote them, and \`npm run deploy\` deploys them.
# You may change them: docs/settings.md lists all settings. Secrets do not belong here.
`;

/** The state of wrangler's configuration files before the set-up. */
export interface ExistingConfig {
  readonly workerName: string;
  /**
   * The values in `[vars]` of wrangler.toml. The set-up moves them, because the next version brings
   * its own wrangler.toml.
   */
  readonly inherited: Readonly<Record<string, string>>;
}

type Place = Pick<CommandIo, "directory" | "wrangler"> & ExistingConfig;

/**
 * Returns the steps that set up a deployment. It first reads the names of the existing secrets from
 * Cloudflare. An existing secret is never replaced: with another SUBJECT_KEY every user would
 * become a new user.
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
    // This step comes first, so that the operator's new choices replace the moved values.
    ...(moved.length === 0 ? [] : [writeStep(file, Object.fromEntries(moved))]),
    ...(keys.length === 0 ? [] : [generateKeys(keysPath, keys, answers)]),
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
          `${listed.diagnosis.detail}, so the steps are those of a first deployment. ${listed.diagnosis.cure}`,
        ]
      : []),
    ...(moved.length === 0
      ? []
      : [
          `${moved.map(([name]) => name).join(", ")}: moved from wrangler.toml to ${deploymentFile}. Remove these values from wrangler.toml (\`git checkout wrangler.toml\` if you changed nothing else in it)`,
        ]),
    ...(stays.length === 0
      ? []
      : [
          `Already deployed and not changed: ${stays.join(", ")}. To replace a secret: npx wrangler secret put NAME`,
        ]),
  ];
  return { kind: "planned", steps, remarks };
}

/** Returns the names of the deployed secrets. A dry run continues without them. */
async function listDeployed(cloudflare: CloudflareAccount): Promise<Outcome<ReadonlySet<string>>> {
  const login = await cloudflare.checkLogin();
  return login.kind === "failed" ? login : cloudflare.listSecrets();
}

function generateKeys(path: string, keys: readonly string[], answers: Answers): Step {
  return {
    title: `Generate the keys ${keys.join(", ")} and store them in ${keysFile}`,
    run: async () => {
      const before = (await readText(path)) ?? keysFileHeader;
      await writeWhole(path, await withNewKeys(before, keys, answers.purposes), secretMode);
      return done("only you can read the file; keep a safe copy");
    },
  };
}

function putSecrets(
  cloudflare: CloudflareAccount,
  names: readonly string[],
  values: () => Promise<Record<string, string>>,
): Step {
  return {
    title: `Set the secrets ${names.join(", ")} at Cloudflare`,
    run: async () => {
      const all = await values();
      const secrets = Object.fromEntries(names.map((name) => [name, all[name] ?? ""]));
      const put = await cloudflare.putSecrets(secrets);
      return put.kind === "failed" ? failed(put.diagnosis) : done();
    },
  };
}
