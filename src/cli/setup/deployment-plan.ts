import { join } from "node:path";
import { CloudflareAccount } from "../cloudflare/account.ts";
import { setKvId, setVars, type Edit } from "../cloudflare/edit-toml.ts";
import type { Manifest } from "../cloudflare/wrangler-toml.ts";
import { keysFile } from "../keys-file.ts";
import type { TwilioCaller } from "../twilio/caller.ts";
import { plainMode, readText, secretMode, writeWhole } from "../whole-file.ts";
import { chosenCredentials, chosenSettings } from "./chosen-settings.ts";
import type { Plan } from "./local-plan.ts";
import { keysFileHeader, missingKeys, readSet, withNewKeys } from "./own-keys.ts";
import type { Answers } from "./questions.ts";
import { serviceSteps } from "./service-steps.ts";
import { done, failed, type Step, type StepOutcome } from "./step.ts";
import type { TwilioChoices } from "./twilio-choices.ts";

const binding = "LIMITS";

interface Place {
  readonly directory: string;
  readonly manifest: Manifest;
}

/**
 * The steps of a deployment's set-up. Cloudflare is asked first which secrets there are: one that is
 * there is never replaced, above all SUBJECT_KEY, with which every user would go.
 */
export async function planDeployment(
  { directory, manifest }: Place,
  answers: Answers,
  choices: TwilioChoices,
  codeLength: number,
  twilio: TwilioCaller,
): Promise<Plan> {
  const credentials = chosenCredentials(answers);
  const cloudflare = new CloudflareAccount(directory);
  const login = await cloudflare.checkLogin();
  if (login.kind === "failed") return { kind: "refused", ...login.diagnosis };
  const deployed = await cloudflare.listSecrets();
  if (deployed.kind === "failed") return { kind: "refused", ...deployed.diagnosis };

  const keysPath = join(directory, keysFile);
  const kept = readSet(await readText(keysPath));
  const keys = missingKeys(new Set([...deployed.value, ...Object.keys(kept)]), answers.purposes);
  const settings = chosenSettings(answers, choices);
  const names = [...Object.keys(credentials), ...keys, ...Object.keys(kept)];
  const puts = [...new Set(names)].filter((name) => !deployed.value.has(name));
  const stays = [...new Set(names)].filter((name) => deployed.value.has(name));
  const toml = new TomlFile(join(directory, "wrangler.toml"));

  const steps: Step[] = [
    ...(keys.length === 0 ? [] : [makeKeys(keysPath, keys, answers)]),
    ...serviceSteps(choices.services, codeLength, twilio, (values) => toml.set(values)),
    ...(manifest.kvNamespaces.get(binding) === undefined
      ? [makeNamespace(cloudflare, `${manifest.name}-${binding}`, toml)]
      : []),
    {
      title: `Write [vars] of wrangler.toml: ${Object.keys(settings).join(", ")}`,
      run: async () => ended(await toml.set(settings)),
    },
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
    ...(stays.length === 0
      ? []
      : [
          `Deployed already, and left as they are: ${stays.join(", ")}. To replace one: npx wrangler secret put NAME`,
        ]),
  ];
  return { kind: "planned", steps, remarks };
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

function makeNamespace(cloudflare: CloudflareAccount, title: string, toml: TomlFile): Step {
  return {
    title: `Create the KV namespace ${title} and write its id into wrangler.toml`,
    run: async () => {
      const made = await cloudflare.ensureKvNamespace(title);
      if (made.kind === "failed") return failed(made.diagnosis);
      return ended(await toml.setKv(binding, made.value));
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

const ended = (problem: string | undefined): StepOutcome =>
  problem === undefined
    ? done()
    : failed({
        detail: problem,
        cure: "Write the settings into wrangler.toml yourself, as the README says.",
      });

/** `wrangler.toml`, changed line by line and replaced whole. */
class TomlFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  set(values: Readonly<Record<string, string>>): Promise<string | undefined> {
    return this.#edit((toml) => setVars(toml, values));
  }

  setKv(name: string, id: string): Promise<string | undefined> {
    return this.#edit((toml) => setKvId(toml, name, id));
  }

  /** What is wrong, or undefined when it is written. */
  async #edit(change: (toml: string) => Edit): Promise<string | undefined> {
    const edit = change((await readText(this.#path)) ?? "");
    if (edit.kind === "refused")
      return "wrangler.toml is written in a way that is not safe to change by line";
    await writeWhole(this.#path, edit.toml, plainMode);
    return undefined;
  }
}
