import { browserLanguages, canonicalTag } from "./language.ts";
import type { Channel, FrontendConfig } from "../../wire.ts";

/** What the element's attributes and the page around it say. They are read when they are needed. */
export class Settings {
  readonly #element: Element;

  constructor(element: Element) {
    this.#element = element;
  }

  get isStepUp(): boolean {
    return this.#element.getAttribute("purpose") === "step_up";
  }

  /** A verification that the page's backend has started: its code is all that is asked for. */
  get verification(): string | undefined {
    return this.#element.getAttribute("verification") ?? undefined;
  }

  /** Whether the element stands for the client's session: a step-up and a proof are acts within it. */
  get isSignIn(): boolean {
    return !this.isStepUp && this.verification === undefined;
  }

  get language(): string {
    const near = this.#element.closest("[lang]")?.getAttribute("lang");
    const page = canonicalTag(near) ?? canonicalTag(document.documentElement.lang);
    return page ?? browserLanguages()[0] ?? "en";
  }

  /** What the contract takes as a locale; a tag with extensions is cut down to its language. */
  get messageLocale(): string {
    const { language, script, region } = new Intl.Locale(this.language);
    return [language, script, region].filter((part) => part !== undefined).join("-");
  }

  /** The country that is chosen before the person chooses one. */
  country(config: FrontendConfig): string | undefined {
    return this.#element.getAttribute("country") ?? config.country ?? regionOfBrowser();
  }

  /** Ways to send: the Worker's, of those that the page wants. WhatsApp needs a sender at Twilio. */
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
