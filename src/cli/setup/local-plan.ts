import { basename } from "node:path";
import { readSet } from "../env-lines.ts";
import type { TwilioCaller } from "../twilio/caller.ts";
import { readText, secretMode, writeWhole } from "../whole-file.ts";
import { chosenCredentials, chosenSettings } from "./chosen-settings.ts";
import { missingKeys, withNewKeys } from "./own-keys.ts";
import type { Answers } from "./questions.ts";
import { serviceSteps } from "./service-steps.ts";
import { saveSettings, writeStep } from "./settings-file.ts";
import { done, type Step } from "./step.ts";
import type { TwilioChoices } from "./twilio-choices.ts";

export type Plan =
  | {
      readonly kind: "planned";
      readonly steps: readonly Step[];
      readonly remarks: readonly string[];
    }
  | { readonly kind: "refused"; readonly detail: string; readonly cure: string };

const header = `# \`npm run setup -- --local\` wrote this file. Its values override wrangler.toml on this machine.
# Keep them out of git.
`;

/** Settings that may have an old value, from the twin or from other credentials. */
const cleared = [
  "TWILIO_BASE_URL",
  "TWILIO_AUTH_TOKEN",
  "TWILIO_API_KEY_SID",
  "TWILIO_API_KEY_SECRET",
  "TWILIO_REGION",
  "TWILIO_EDGE",
];

/**
 * Returns the steps that write `.dev.vars`. Existing keys always stay. Other values stay unless
 * `isForced` is set.
 */
export async function planLocal(
  path: string,
  answers: Answers,
  choices: TwilioChoices,
  options: { readonly codeLength: number; readonly isForced: boolean },
  twilio: TwilioCaller,
): Promise<Plan> {
  const text = await readText(path);
  const there = readSet(text);
  const wanted: Record<string, string> = {
    ...chosenSettings(answers, choices),
    ...chosenCredentials(answers),
    ...(answers.settings.TWILIO_BASE_URL !== undefined && {
      TWILIO_BASE_URL: answers.settings.TWILIO_BASE_URL,
    }),
  };
  for (const name of cleared) if (there[name] !== undefined) wanted[name] ??= "";
  const conflicts = Object.entries(wanted)
    .filter(([name, value]) => there[name] !== undefined && there[name] !== value)
    .map(([name]) => name);
  if (conflicts.length > 0 && !options.isForced)
    return {
      kind: "refused",
      detail: `${basename(path)} has other values of ${conflicts.join(", ")}`,
      cure: "Use --force to replace these values. Keys and all other values stay unchanged.",
    };
  const keys = missingKeys(new Set(Object.keys(there)), answers.purposes);
  const file = { path, header, mode: secretMode };
  const steps: Step[] = [
    ...serviceSteps(choices.services, options.codeLength, twilio, (values) =>
      saveSettings(file, values),
    ),
    writeStep(file, wanted),
    ...(keys.length === 0
      ? []
      : [
          {
            title: `Generate the keys ${keys.join(", ")}`,
            run: async () => {
              const before = (await readText(path)) ?? header;
              await writeWhole(path, await withNewKeys(before, keys, answers.purposes), secretMode);
              return done(`stored in ${basename(path)}`);
            },
          },
        ]),
  ];
  return { kind: "planned", steps, remarks: choices.remarks };
}
