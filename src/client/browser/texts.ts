// The exports of `phonegate-client/texts`: the element's texts, for a page that builds its own
// screen.
import { canonicalTag } from "./sign-in/language.ts";
import { explain } from "./sign-in/problem-text.ts";
import type { Texts } from "./sign-in/texts.ts";
import { Words } from "./sign-in/words.ts";

export type { Texts } from "./sign-in/texts.ts";

export interface Wording {
  /**
   * BCP 47: the language of the texts; English if the element does not have the requested language.
   */
  readonly language: string;
  /** Each text of the element. The page fills in `{…}`. */
  readonly texts: Texts;
  /** Returns the text that the element shows for a `PhonegateError`, with its values filled in. */
  explain(error: unknown): string;
}

/**
 * Returns the element's texts in a language, a BCP 47 tag such as `de-AT`. Never rejects.
 *
 *     const { texts, explain } = await loadWording("de-AT");
 */
export async function loadWording(language: string): Promise<Wording> {
  const words = new Words();
  await words.load(canonicalTag(language) ?? "en");
  return {
    language: words.language,
    texts: words.texts,
    explain: (error) => explain(error, words).phrase.text,
  };
}
