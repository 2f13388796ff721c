import { readSpelling } from "../../../lib/number-spelling.ts";
import type { FrontendConfig } from "../../wire.ts";
import { element, icon, markLanguage, setAttributes } from "./dom.ts";
import type { Words } from "./words.ts";

/**
 * A country and a number in one frame. A number that begins with a calling code selects its
 * country.
 */
export class NumberField {
  readonly root: HTMLElement;
  readonly input: HTMLInputElement;
  readonly select: HTMLSelectElement;
  readonly #language: string;
  readonly #shown = element("span", { class: "calling-code" });
  #callingCodes: FrontendConfig["calling_codes"] = {};

  constructor(words: Words) {
    this.#language = words.of("country").lang;
    this.select = element("select", { id: "country", disabled: true });
    this.input = element("input", {
      id: "number",
      part: "number-input",
      type: "tel",
      name: "tel",
      autocomplete: "tel",
      spellcheck: "false",
      enterkeyhint: "send",
      dir: "ltr",
    });
    const chevron = icon("M1 1.5 5 5.5 9 1.5", "0 0 10 7");
    const country = element(
      "div",
      { class: "country", part: "country" },
      element("label", { for: "country", class: "unseen" }, words.of("country")),
      this.select,
      element("span", { class: "chosen", "aria-hidden": "true" }, this.#shown, chevron),
    );
    this.root = element("div", { class: "number", part: "field", dir: "ltr" }, country, this.input);
    this.select.addEventListener("change", () => this.#show());
    this.input.addEventListener("input", () => this.#followNumber());
  }

  get to(): string {
    return this.input.value.trim();
  }

  /** Undefined if no country is selected. */
  get country(): string | undefined {
    return this.select.value || undefined;
  }

  /**
   * Whether the number has no plus, so that it needs a country. If the number cannot be read, the
   * Worker refuses it.
   */
  get needsCountry(): boolean {
    return readSpelling(this.to)?.digits.startsWith("+") === false;
  }

  fillCountries(config: FrontendConfig, preferred: string | undefined): void {
    const language = this.#language;
    this.#callingCodes = config.calling_codes;
    const chosen = this.country ?? preferred;
    const names = new Intl.DisplayNames(language, { type: "region", fallback: "code" });
    const options = config.countries
      .map((code) => ({ code, name: names.of(code) ?? code }))
      .toSorted((one, other) => one.name.localeCompare(other.name, language))
      .map(({ code, name }) =>
        element("option", { value: code }, `${name} (+${config.calling_codes[code] ?? ""})`),
      );
    const none = element("option", { value: "" }, "–");
    const isKnown = chosen !== undefined && config.countries.includes(chosen);
    this.select.replaceChildren(...(isKnown ? [] : [none]), ...options);
    markLanguage(this.select, { lang: language });
    this.select.disabled = false;
    if (isKnown) this.select.value = chosen;
    this.#followNumber();
    this.#show();
  }

  /** Copies the user's input from another field. */
  take({ input, select }: NumberField): void {
    this.input.value = input.value;
    if ([...this.select.options].some(({ value }) => value === select.value))
      this.select.value = select.value;
    this.#show();
  }

  setInvalid(invalid: boolean): void {
    setAttributes(this.input, { "aria-invalid": invalid ? "true" : undefined });
    this.root.classList.toggle("invalid", invalid);
  }

  #show(): void {
    const { country } = this;
    this.#shown.textContent =
      country === undefined ? "+ …" : `${country} +${this.#callingCodes[country] ?? ""}`;
  }

  /**
   * Selects the country of the typed calling code, only after a plus: `00` may be another country's
   * exit code or part of a number. If several countries share the code (+1), the selected one
   * stays.
   */
  #followNumber(): void {
    const digits = readSpelling(this.to)?.digits ?? "";
    const fits = Object.entries(this.#callingCodes)
      .filter(([, code]) => digits.startsWith(`+${code}`))
      .toSorted(([, one], [, other]) => other.length - one.length);
    const longest = fits.filter(([, code]) => code === fits[0]?.[1]).map(([country]) => country);
    if (longest.length === 0 || longest.includes(this.country ?? "")) return;
    this.select.value = mainCountry(longest);
    this.#show();
  }
}

/**
 * Returns the country to select for a shared calling code before the rest of the number is known.
 */
function mainCountry(countries: readonly string[]): string {
  const main = ["US", "GB", "RU", "IT", "NO", "FI", "AU", "FR", "NL", "MA"];
  return main.find((country) => countries.includes(country)) ?? countries[0] ?? "";
}
