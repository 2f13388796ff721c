import { canonicalTag, languageAndScript } from "./language.ts";
import { languageFiles, type LanguageFile } from "./language-files.ts";
import type { Phrase } from "./phrase.ts";
import { english, type OwnTexts, type Texts } from "./texts.ts";

/** After this time the element appears in English. */
const maxWaitMs = 3000;

/**
 * The element's texts: the page's own texts first, then those of the page's language, then English.
 */
export class Words {
  #pageLanguage = "en";
  #texts: Texts = english;
  /** Undefined for English. */
  #file: LanguageFile | undefined;
  #wanted: LanguageFile | undefined;
  #own: OwnTexts = {};

  /** Returns one text with its language. */
  of(name: keyof Texts): Phrase {
    const own = this.#own[name] ?? (name === "titleFor" ? this.#own.title : undefined);
    return own === undefined
      ? { text: this.#texts[name], lang: this.#builtInLanguage }
      : { text: own, lang: this.#ownLanguage };
  }

  get own(): OwnTexts {
    return this.#own;
  }

  /** The language of most of the texts. */
  get language(): string {
    const own = Object.keys(this.#own).length;
    const isMostlyOwn = own > Object.keys(english).length / 2;
    return isMostlyOwn ? this.#ownLanguage : this.#builtInLanguage;
  }

  get texts(): Texts {
    const { lang: _lang, ...own } = this.#own;
    return { ...this.#texts, ...own };
  }

  /** Throws a `TypeError` that names an unknown text or a malformed language. */
  set own(own: OwnTexts) {
    const unknown = Object.keys(own).filter(
      (name) => name !== "lang" && !Object.hasOwn(english, name),
    );
    if (unknown.length > 0) throw new TypeError(`there is no text ${unknown.join(", ")}`);
    if (own.lang !== undefined && canonicalTag(own.lang) !== own.lang)
      throw new TypeError("texts.lang must be a language such as pt-BR");
    this.#own = own;
  }

  /**
   * Loads the texts of a language. English is used if there is no file for it or the file cannot be
   * loaded. Returns `undefined` if nothing has to be loaded. Never rejects.
   */
  load(tag: string): Promise<void> | undefined {
    const wanted = languageAndScript(tag);
    const file = languageFiles.find((one) => languageAndScript(one.tag) === wanted);
    this.#pageLanguage = tag;
    this.#wanted = file;
    if (file === this.#file) return undefined;
    const useTexts = (texts: Texts): void => {
      // The page's language may have changed while the file was loading.
      if (this.#wanted !== file) return;
      this.#texts = texts;
      this.#file = file;
    };
    if (file === undefined) {
      useTexts(english);
      return undefined;
    }
    const loading = file.load().then(useTexts, () => undefined);
    const waiting = new Promise<void>((resolve) => setTimeout(resolve, maxWaitMs));
    return Promise.race([loading, waiting]);
  }

  get #ownLanguage(): string {
    return this.#own.lang ?? this.#pageLanguage;
  }

  /**
   * The page's own tag if it fits the texts, so that a screen reader uses the accent of the region.
   */
  get #builtInLanguage(): string {
    const [tag, page] = [this.#file?.tag ?? "en", this.#pageLanguage];
    if (languageAndScript(tag) !== languageAndScript(page)) return tag;
    const { region } = new Intl.Locale(tag);
    return region === undefined || region === new Intl.Locale(page).maximize().region ? page : tag;
  }
}
