// What `phonegate-client/texts` exports: the element's words, for a screen of the page's own.
import { canonicalTag } from "./sign-in/language.ts";
import { explain } from "./sign-in/problem-text.ts";
import type { Texts } from "./sign-in/texts.ts";
import { Words } from "./sign-in/words.ts";

export type { Texts } from "./sign-in/texts.ts";

export interface Wording {
  /** BCP 47: the language of the texts, English where the element has no other. */
  readonly language: string;
  /** Each text of the element; `{…}` is for the page to fill in. */
  readonly texts: Texts;
  /** What the element tells the user of a `PhonegateError`, by its code; filled in. */
  explain(error: unknown): string;
}

/** The element's texts in a language, a BCP 47 tag such as `de-AT`. Never rejects. */
export async function loadWording(language: string): Promise<Wording> {
  const words = new Words();
  await words.load(canonicalTag(language) ?? "en");
  return {
    language: words.language,
    texts: words.texts,
    explain: (error) => explain(error, words).phrase.text,
  };
}
