import type { Purpose } from "../../contract/words.ts";
import { createService } from "../twilio/account.ts";
import type { TwilioCaller } from "../twilio/caller.ts";
import { describeFailure } from "../twilio/failure-words.ts";
import { verifyServiceNames } from "../../config/purposes.ts";
import { done, failed, type Step } from "./step.ts";
import type { ServiceChoice } from "./twilio-choices.ts";

/** Saves settings to the set-up's file. Returns a sentence if that fails. */
export type Save = (values: Readonly<Record<string, string>>) => Promise<string | undefined>;

/**
 * Returns a step for each new service. It saves the service's sid at once, so that a set-up that is
 * repeated after a failure does not create a second service.
 */
export function serviceSteps(
  services: ReadonlyMap<Purpose, ServiceChoice>,
  codeLength: number,
  twilio: TwilioCaller,
  save: Save,
): Step[] {
  return [...services].flatMap(([purpose, choice]) => {
    if (choice.kind === "existing") return [];
    const { friendlyName } = choice;
    const psd2 = purpose === "transaction";
    const title = `Create the Verify service "${friendlyName}" for ${purpose}, ${codeLength} digits${psd2 ? ", PSD2" : ""}`;
    return [
      {
        title,
        run: async () => {
          const made = await createService(twilio, { friendlyName, codeLength, psd2 });
          if (made.kind !== "found")
            return failed(describeFailure(made, twilio.access, "create a Verify service"));
          const { sid, psd2_enabled } = made.value;
          const problem = await save({ [verifyServiceNames[purpose]]: sid });
          if (problem !== undefined)
            return failed({
              detail: `${sid} was created, but ${problem}`,
              cure: `Add the line ${verifyServiceNames[purpose]}=${sid} yourself.`,
            });
          return done(
            psd2 && !psd2_enabled
              ? `${sid}; Twilio has not enabled PSD2, so messages show neither amount nor payee: ask Twilio's support`
              : sid,
          );
        },
      },
    ];
  });
}

/** Returns the settings with the sids of existing services. */
export function existingServices(
  services: ReadonlyMap<Purpose, ServiceChoice>,
): Record<string, string> {
  const entries = [...services].flatMap(([purpose, choice]) =>
    choice.kind === "existing" ? [[verifyServiceNames[purpose], choice.service.sid] as const] : [],
  );
  return Object.fromEntries(entries);
}
