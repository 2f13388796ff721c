import { getCountries } from "libphonenumber-js/max";
import { expect, it } from "vitest";
import { locationOf } from "../../src/lib/country-location.ts";

it.each([
  ["US", "enam"],
  ["JM", "enam"],
  ["MX", "enam"],
  ["BR", "sam"],
  ["GB", "weur"],
  ["DE", "weur"],
  ["PL", "eeur"],
  ["UA", "eeur"],
  ["RU", "eeur"],
  ["NG", "afr"],
  ["ZA", "afr"],
  ["SA", "me"],
  ["TR", "me"],
  ["GE", "eeur"],
  ["IN", "apac"],
  ["JP", "apac"],
  ["SG", "apac"],
  ["AU", "oc"],
  ["FJ", "oc"],
] as const)("an object of a number of %s lives near %s", (country, location) => {
  expect(locationOf(country)).toBe(location);
});

it("every country has a location", () => {
  const known = ["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me"];
  for (const country of getCountries()) expect(known).toContain(locationOf(country));
});
