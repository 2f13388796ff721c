import { languageFiles, type LanguageFile } from "./language-files.ts";
import { english, type Texts } from "./texts.ts";

/** After this time the element shows itself in English rather than not at all. */
const longestWaitMs = 3000;

/** The texts that the element shows: of the page's language where it has it, and the page's own. */
export class Words {
  #base: Texts = english;
  #own: Partial<Texts> = {};
  /** Undefined for English. */
  #file: LanguageFile | undefined;
  #wanted: LanguageFile | undefined;

  get texts(): Texts {
    return { ...this.#base, ...this.#own };
  }

  get own(): Partial<Texts> {
    return this.#own;
  }

  /** Throws a `TypeError` that names a text that the element does not show. */
  set own(own: Partial<Texts>) {
    const unknown = Object.keys(own).filter((name) => !Object.hasOwn(english, name));
    if (unknown.length > 0) throw new TypeError(`there is no text ${unknown.join(", ")}`);
    this.#own = own;
  }

  /**
   * Takes the language of this tag; English where there is no file for it, or where the file cannot
   * be loaded. Undefined where nothing has to be loaded. Never rejects.
   */
  load(tag: string): Promise<void> | undefined {
    const wanted = languageAndScript(tag);
    const file = languageFiles.find((one) => languageAndScript(one.tag) === wanted);
    this.#wanted = file;
    if (file === this.#file) return undefined;
    const take = (texts: Texts): void => {
      // Another language may be wanted meanwhile.
      if (this.#wanted !== file) return;
      this.#base = texts;
      this.#file = file;
    };
    if (file === undefined) {
      take(english);
      return undefined;
    }
    const loading = file.load().then(take, () => undefined);
    const waiting = new Promise<void>((resolve) => setTimeout(resolve, longestWaitMs));
    return Promise.race([loading, waiting]);
  }
}

/** `pt` is `pt-Latn` and `zh-TW` is `zh-Hant`: a reader of one script may not read another. */
function languageAndScript(tag: string): string {
  const { language, script } = new Intl.Locale(tag).maximize();
  return `${language}-${script ?? ""}`;
}
