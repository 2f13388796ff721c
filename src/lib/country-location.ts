import { getCountryCallingCode, type CountryCode } from "libphonenumber-js/max";

// Cloudflare's location hints, by the first digits of a country's calling code (ITU-T E.164 zones).
const byCallingCode: readonly (readonly [RegExp, DurableObjectLocationHint])[] = [
  [/^1/, "enam"],
  [/^2/, "afr"],
  [/^(37[0-5]|38[0-9]|359|36|40|42|48)/, "eeur"],
  [/^[34]/, "weur"],
  [/^(50|52|53)/, "enam"],
  [/^5/, "sam"],
  [/^(61|64|67|68|69)/, "oc"],
  [/^6/, "apac"],
  [/^7/, "eeur"],
  [/^8/, "apac"],
  [/^(90|96|97|98)/, "me"],
  [/^99/, "eeur"],
  [/^9/, "apac"],
];

/**
 * Returns the location hint for a Durable Object that belongs to a number of this country. Without a
 * hint the object lives near its first caller, so an attacker could place a victim's object far away.
 */
export function locationOf(country: CountryCode): DurableObjectLocationHint {
  const callingCode = getCountryCallingCode(country);
  return byCallingCode.find(([pattern]) => pattern.test(callingCode))?.[1] ?? "weur";
}
