/** A text and its language. The element that shows it is marked with the language (WCAG 3.1.2). */
export interface Phrase {
  readonly text: string;
  /** BCP 47. */
  readonly lang: string;
}

/** Puts a value into each `{name}` of the text. */
export function fill(phrase: Phrase, values: Readonly<Record<string, string>>): Phrase {
  const text = phrase.text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  return { ...phrase, text };
}
