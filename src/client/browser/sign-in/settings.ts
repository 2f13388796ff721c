import { browserLanguages, canonicalTag } from "./language.ts";
import type { Channel, FrontendConfig } from "../../wire.ts";

/** The settings from the element's attributes and from the page. Each is read when it is needed. */
export class Settings {
  readonly #element: Element;

  constructor(element: Element) {
    this.#element = element;
  }

  get isStepUp(): boolean {
    return this.#element.getAttribute("purpose") === "step_up";
  }

  /**
   * The verification that the page's backend started. With it the element asks only for the code.
   */
  get verification(): string | undefined {
    return this.#element.getAttribute("verification") ?? undefined;
  }

  /** Whether the element signs in. A step-up and a proof happen within a session instead. */
  get isSignIn(): boolean {
    return !this.isStepUp && this.verification === undefined;
  }

  get language(): string {
    const near = this.#element.closest("[lang]")?.getAttribute("lang");
    const page = canonicalTag(near) ?? canonicalTag(document.documentElement.lang);
    return page ?? browserLanguages()[0] ?? "en";
  }

  /**
   * The locale for the message. The API accepts language, script and region; extensions are
   * dropped.
   */
  get messageLocale(): string {
    const { language, script, region } = new Intl.Locale(this.language);
    return [language, script, region].filter((part) => part !== undefined).join("-");
  }

  /** The country that is selected at first. */
  country(config: FrontendConfig): string | undefined {
    return this.#element.getAttribute("country") ?? config.country ?? regionOfBrowser();
  }

  /** The Worker's channels that the page also lists. WhatsApp needs a sender at Twilio. */
  channels(config: FrontendConfig | undefined): Channel[] {
    const wanted = (this.#element.getAttribute("channels") ?? "sms call").split(/\s+/);
    return (config?.channels ?? ["sms"]).filter((channel) => wanted.includes(channel));
  }

  codeLength(config: FrontendConfig | undefined): number | undefined {
    const own = Number(this.#element.getAttribute("code-length"));
    return own >= 4 && own <= 10 ? own : config?.code_length;
  }
}

function regionOfBrowser(): string | undefined {
  const [language] = browserLanguages();
  return language && new Intl.Locale(language).maximize().region;
}
