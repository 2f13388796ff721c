import type {
  AddressOutcome,
  AddressRefusal,
  Counted,
  CountryOfEvent,
} from "../guard/kv-windows.ts";
import { verdictOf, type CaptchaState } from "../guard/rule-mode.ts";
import type { Caller, VerificationDeps } from "./deps.ts";

/** A service key's address is its backend's: many people's, and none of their doing. */
export function rememberedOver(
  { windows }: VerificationDeps,
  counted: Counted,
  caller: Caller,
): AddressRefusal | undefined {
  return caller.class === "service" ? undefined : windows.remembered(counted, caller.address);
}

export async function countAddress(
  { windows }: VerificationDeps,
  counted: Counted,
  caller: Caller,
  country: CountryOfEvent,
): Promise<AddressOutcome> {
  if (caller.class === "service")
    return { kind: "pass", hasManyCountries: false, ifStranger: "pass" };
  return windows.count(counted, caller.address, country);
}

/** A send to the country. A known caller is asked for no captcha. */
export function sendTo(
  { config }: VerificationDeps,
  country: string,
  captcha: CaptchaState,
  isKnown: boolean,
): CountryOfEvent {
  const mode = config.guard.rules.address_countries;
  return { sentTo: country, ifMany: verdictOf(mode, captcha), isKnown };
}
