import { isSupportedCountry, type CountryCode } from "libphonenumber-js/max";
import type { EnvReader } from "../lib/env-reader.ts";
import { isAppOrigin, isLocalName, isLoopback, parseOrigin } from "../lib/origin.ts";

/** Reads `ISSUER`: the Worker's public origin. It may be unset only in development. */
export function readIssuer(reader: EnvReader, development: boolean): string | undefined {
  const text = reader.text("ISSUER");
  if (text === undefined)
    return development
      ? undefined
      : reader.problem(
          "ISSUER",
          "must be the Worker's public origin, such as https://auth.example.com",
        );
  const url = parseOrigin(text);
  if (url !== undefined && (url.protocol === "https:" || (development && isLoopback(url))))
    return text;
  return reader.problem("ISSUER", "must be an https origin without a path or a slash at the end");
}

/** Reads `ALLOWED_ORIGINS`. Only in development may they be http origins of other machines. */
export function readOrigins(reader: EnvReader, development: boolean): ReadonlySet<string> {
  const origins = reader.list("ALLOWED_ORIGINS");
  const isGood = (origin: string) => isWebOrigin(origin, development) || isAppOrigin(origin);
  const meant = origins
    .filter((origin) => !isGood(origin))
    .flatMap(meantOrigin)
    .filter(isGood);
  const hint = meant.length === 0 ? "" : `; write ${meant.join(", ")}`;
  const web = development ? "an https or http origin" : "an https origin (http only for loopback)";
  reader.wrongEntries(
    "ALLOWED_ORIGINS",
    origins.map((origin) => !isGood(origin)),
    `must be ${web} or an app's scheme://host, without a path or a slash at the end${hint}`,
  );
  return new Set(origins);
}

/** In development a phone in the local network opens the page over http. */
function isWebOrigin(text: string, development: boolean): boolean {
  const url = parseOrigin(text);
  return url !== undefined && (development || url.protocol === "https:" || isLocalName(url));
}

/** Returns the origin that the operator probably meant. Other parts of the text may be secret. */
function meantOrigin(text: string): string[] {
  if (!/^https?:\/\/[^/?#@]+\//.test(text) || !URL.canParse(text)) return [];
  return [new URL(text).origin];
}

/** Reads `ALLOWED_COUNTRIES`. It may be unset only in development: then all countries are allowed. */
export function readCountries(
  reader: EnvReader,
  development: boolean,
): ReadonlySet<CountryCode> | undefined {
  const countries = reader.list("ALLOWED_COUNTRIES");
  const known = countries.filter((country) => isSupportedCountry(country));
  const wrong = countries.filter((country) => !isSupportedCountry(country));
  const meant = wrong.map(meantCountry).filter((country) => country !== undefined);
  const hint = meant.length === 0 ? "" : `; did you mean ${meant.join(", ")}?`;
  reader.wrongEntries(
    "ALLOWED_COUNTRIES",
    countries.map((country) => wrong.includes(country)),
    `must be an ISO 3166-1 alpha-2 code in capitals, such as US,GB${hint}`,
  );
  if (countries.length > 0) return new Set(known);
  return development
    ? undefined
    : reader.problem("ALLOWED_COUNTRIES", "must list the countries to send to, such as US,GB");
}

/** Returns the country that a text probably means: a code in small letters, or `UK` for `GB`. */
export function meantCountry(text: string): CountryCode | undefined {
  const code = text.toUpperCase() === "UK" ? "GB" : text.toUpperCase();
  return isSupportedCountry(code) ? code : undefined;
}

/** Reads `DEFAULT_COUNTRY`, which must be an allowed country. */
export function readDefaultCountry(
  reader: EnvReader,
  allowed: ReadonlySet<CountryCode> | undefined,
): CountryCode | undefined {
  const country = reader.text("DEFAULT_COUNTRY");
  if (country === undefined) return undefined;
  if (!isSupportedCountry(country)) {
    const meant = meantCountry(country);
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    return reader.problem(
      "DEFAULT_COUNTRY",
      `must be an ISO 3166-1 alpha-2 code in capitals, such as US${hint}`,
    );
  }
  if (allowed !== undefined && !allowed.has(country))
    return reader.problem("DEFAULT_COUNTRY", "is not one of ALLOWED_COUNTRIES");
  return country;
}
