import type { Answers } from "./questions.ts";
import { existingServices } from "./service-steps.ts";
import type { TwilioChoices } from "./twilio-choices.ts";

/** Returns the settings to write that are not secrets. */
export function chosenSettings(
  { settings, engine, purposes }: Answers,
  { services, sender }: TwilioChoices,
): Record<string, string> {
  const isService = sender?.startsWith("MG") ?? false;
  const chosen = {
    APP_NAME: settings.APP_NAME,
    ISSUER: settings.ISSUER,
    ALLOWED_ORIGINS: settings.ALLOWED_ORIGINS,
    ALLOWED_COUNTRIES: settings.ALLOWED_COUNTRIES,
    DEFAULT_COUNTRY: settings.DEFAULT_COUNTRY,
    PURPOSES: purposes.join(","),
    OTP_ENGINE: engine,
    TWILIO_REGION: settings.TWILIO_REGION,
    TWILIO_EDGE: settings.TWILIO_EDGE,
    ...(sender !== undefined && {
      TWILIO_FROM: isService ? "" : sender,
      TWILIO_MESSAGING_SERVICE_SID: isService ? sender : "",
    }),
    ...existingServices(services),
  };
  return Object.fromEntries(
    Object.entries(chosen).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Returns Twilio's credentials, which are secrets. */
export function chosenCredentials({ settings }: Answers): Record<string, string> {
  const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_API_KEY_SID, TWILIO_API_KEY_SECRET } =
    settings;
  const given = {
    TWILIO_ACCOUNT_SID,
    TWILIO_AUTH_TOKEN,
    TWILIO_API_KEY_SID,
    TWILIO_API_KEY_SECRET,
  };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
