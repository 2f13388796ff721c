import type {
  AddressOutcome,
  AddressRefusal,
  Counted,
  CountryOfSend,
  StoreCheck,
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

/** Counts a send of the caller's address, and says whether a limit is reached. */
export async function countSend(
  { windows }: VerificationDeps,
  caller: Caller,
  send: CountryOfSend,
): Promise<AddressOutcome> {
  if (!isCounted(caller)) return { kind: "pass", hasManyCountries: false, ifStranger: "pass" };
  return windows.countSend(caller.address, send);
}

/** Counts a check of the caller's address. It is stored when the code was judged. */
export async function countCheck(
  { windows }: VerificationDeps,
  caller: Caller,
): Promise<StoreCheck> {
  return isCounted(caller) ? windows.countCheck(caller.address) : () => undefined;
}

/** Returns the country of a send, for the rule that limits the countries of an address. */
export function sendTo(
  { config }: VerificationDeps,
  country: string,
  captcha: CaptchaState,
  standing: Standing,
): CountryOfSend {
  const ifMany = verdictOf(config.guard.rules.address_countries, captcha);
  const treatment = exemptionsOf(standing).rules.address_countries;
  return { sentTo: country, ifMany, treatment };
}
