import { purposes, type Purpose } from "../contract/words.ts";
import type { EnvReader } from "../lib/env-reader.ts";
import { readSid } from "./twilio.ts";

/** Reads `PURPOSES`. @default sign_in */
export function readPurposes(reader: EnvReader): ReadonlySet<Purpose> {
  const listed = reader.list("PURPOSES");
  const known = purposes.filter((purpose) => listed.includes(purpose));
  const isWrong = listed.map((each) => !purposes.some((purpose) => purpose === each));
  reader.wrongEntries("PURPOSES", isWrong, `must be one of ${purposes.join(", ")}`);
  return new Set(known.length > 0 ? known : ["sign_in"]);
}

/** The setting with the Verify service of each purpose. */
export const verifyServiceNames = {
  sign_in: "TWILIO_VERIFY_SERVICE_SID",
  step_up: "TWILIO_VERIFY_SERVICE_SID_STEP_UP",
  two_factor: "TWILIO_VERIFY_SERVICE_SID_TWO_FACTOR",
  transaction: "TWILIO_VERIFY_SERVICE_SID_TRANSACTION",
} as const satisfies Record<Purpose, string>;

/**
 * Reads the Verify service of each enabled purpose. All must differ: Twilio shares one code among all
 * starts for a number and service, and a code must not be valid for another purpose.
 */
export function readVerifyServices(
  reader: EnvReader,
  enabled: ReadonlySet<Purpose>,
  areNeeded: boolean,
): ReadonlyMap<Purpose, string> {
  const services = new Map<Purpose, string>();
  for (const purpose of purposes) {
    const name = verifyServiceNames[purpose];
    const isNeeded = areNeeded && enabled.has(purpose);
    if (!isNeeded && reader.text(name) === undefined) continue;
    const sid = readSid(reader, name, "VA", "a Verify service's sid");
    if (sid === undefined) continue;
    if ([...services.values()].includes(sid))
      reader.problem(
        name,
        "must be a Verify service of its own, so that a code serves one purpose",
      );
    services.set(purpose, sid);
  }
  return services;
}
