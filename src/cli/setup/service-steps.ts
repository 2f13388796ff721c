import type { Purpose } from "../../contract/words.ts";
import { createService } from "../twilio/account.ts";
import type { TwilioCaller } from "../twilio/caller.ts";
import { describeFailure } from "../twilio/failure-words.ts";
import { serviceSettings } from "./options.ts";
import { done, failed, type Step } from "./step.ts";
import type { ServiceChoice } from "./twilio-choices.ts";

/** Writes down a setting where the set-up keeps them. */
export type Save = (values: Readonly<Record<string, string>>) => Promise<string | undefined>;

/**
 * A step for each service that is to be made. Its sid is written down at once: a set-up that breaks
 * off afterwards finds it there, and makes no second one.
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
          const problem = await save({ [serviceSettings[purpose]]: sid });
          if (problem !== undefined)
            return failed({
              detail: `${sid} was made, but ${problem}`,
              cure: `Write ${serviceSettings[purpose]}=${sid} yourself.`,
            });
          return done(
            psd2 && !psd2_enabled
              ? `${sid}; Twilio has not enabled PSD2, so messages show neither amount nor payee: ask its support`
              : sid,
          );
        },
      },
    ];
  });
}

/** The sids of the services that are there already, as settings. */
export function existingServices(
  services: ReadonlyMap<Purpose, ServiceChoice>,
): Record<string, string> {
  const entries = [...services].flatMap(([purpose, choice]) =>
    choice.kind === "existing" ? [[serviceSettings[purpose], choice.service.sid] as const] : [],
  );
  return Object.fromEntries(entries);
}
