import { getCountries, getCountryCallingCode, type CountryCode } from "libphonenumber-js/max";
import type { Config } from "../config.ts";
import type { FrontendConfig } from "../contract/frontend-config.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { Router } from "../http/router.ts";

export const frontendConfig = new Router()
  .get("/v1/config", (c) => {
    // Private, because the answer contains the caller's country.
    c.header("Cache-Control", "private, max-age=300");
    return c.json(configFor(c.var.config, c.req.raw.cf?.country));
  })
  .all("/v1/config", methodNotAllowed("GET"));

function configFor(config: Config, callersCountry: unknown): FrontendConfig {
  const countries = [...(config.allowedCountries ?? getCountries())].toSorted();
  const country = countries.find((served) => served === callersCountry) ?? config.defaultCountry;
  const codeLength = codeLengthOf(config);
  const { captcha } = config.guard;
  return {
    app_name: config.appName,
    countries,
    calling_codes: callingCodesOf(countries),
    ...(country && { country }),
    channels: [...config.channels],
    ...(codeLength && { code_length: codeLength }),
    ...(captcha && { captcha: { site_key: captcha.siteKey } }),
  };
}

const callingCodesOf = (countries: readonly CountryCode[]): Record<string, string> =>
  Object.fromEntries(countries.map((country) => [country, getCountryCallingCode(country)]));

/** The usual length. Twilio does not tell whether the service's owner has changed it. */
const verifyCodeLength = 6;

/**
 * Returns undefined if codes of two lengths are possible: Twilio's, our own as the fallback, and those
 * of test numbers.
 */
function codeLengthOf({ engine, testNumbers }: Config): number | undefined {
  const usual = engine.name === "verify" ? verifyCodeLength : engine.ownCode.length;
  const fallback = engine.name === "verify" ? engine.fallback?.length : undefined;
  const lengths = [usual, fallback ?? usual, ...testNumbers.map(({ code }) => code.length)];
  return new Set(lengths).size === 1 ? usual : undefined;
}
