import type {
  AddressOutcome,
  AddressRefusal,
  Counted,
  CountryOfEvent,
} from "../guard/kv-windows.ts";
import { verdictOf, type CaptchaState } from "../guard/rule-mode.ts";
import { exemptionsOf, standingOf, type Standing } from "../guard/standing.ts";
import type { Caller, VerificationDeps } from "./deps.ts";

/** Whether the windows per address count the caller. A service key's address is its backend's. */
const isCounted = (caller: Caller): boolean =>
  exemptionsOf(standingOf(caller.class)).addressWindows === "judged";

export function rememberedOver(
  { windows }: VerificationDeps,
  counted: Counted,
  caller: Caller,
): AddressRefusal | undefined {
  return isCounted(caller) ? windows.remembered(counted, caller.address) : undefined;
}

export async function countAddress(
  { windows }: VerificationDeps,
  counted: Counted,
  caller: Caller,
  country: CountryOfEvent,
): Promise<AddressOutcome> {
  if (!isCounted(caller)) return { kind: "pass", hasManyCountries: false, ifStranger: "pass" };
  return windows.count(counted, caller.address, country);
}

/** A send to the country, as the rule about an address's countries judges it. */
export function sendTo(
  { config }: VerificationDeps,
  country: string,
  captcha: CaptchaState,
  standing: Standing,
): CountryOfEvent {
  const ifMany = verdictOf(config.guard.rules.address_countries, captcha);
  const treatment = exemptionsOf(standing).rules.address_countries;
  return { sentTo: country, ifMany, treatment };
}
