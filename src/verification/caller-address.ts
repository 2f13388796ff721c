import type {
  AddressOutcome,
  AddressRefusal,
  Counted,
  CountryOfEvent,
} from "../guard/kv-windows.ts";
import { verdictOf, type CaptchaState } from "../guard/rule-mode.ts";
import { exemptionsOf, standingOf, type Standing } from "../guard/standing.ts";
import type { Caller, VerificationDeps } from "./deps.ts";

/** Whether the caller's address is counted. The address of a service key belongs to its backend. */
const isCounted = (caller: Caller): boolean =>
  exemptionsOf(standingOf(caller.class)).addressWindows === "judged";

/**
 * Returns the refusal if this isolate already knows that the address is over a limit. Reads no
 * store.
 */
export function knownOverLimit(
  { windows }: VerificationDeps,
  counted: Counted,
  caller: Caller,
): AddressRefusal | undefined {
  return isCounted(caller) ? windows.knownRefusal(counted, caller.address) : undefined;
}

/** Counts an event of the caller's address, and says whether a limit is reached. */
export async function countAddress(
  { windows }: VerificationDeps,
  counted: Counted,
  caller: Caller,
  country: CountryOfEvent,
): Promise<AddressOutcome> {
  if (!isCounted(caller)) return { kind: "pass", hasManyCountries: false, ifStranger: "pass" };
  return windows.count(counted, caller.address, country);
}

/** Returns the event of a send to the country, for the rule that limits the countries of an address. */
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
