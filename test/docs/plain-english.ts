import { proseOf } from "./prose.ts";

/** A sentence that is hard to understand on a first visit. */
export interface Finding {
  readonly line: number;
  readonly reason: string;
  readonly sentence: string;
}

/** The longest sentence that the project allows, in words. */
export const maxWords = 40;

/** A person is "the caller", "the user", "the operator" or "the receiver". */
const forbidden = [
  /\b(?:he|him|his|himself|she|her|hers|herself|me|my|mine|myself)\b(?!-)/gi,
  /\b(?:someone|somebody|anyone|anybody|everyone|everybody|nobody|no one)\b/gi,
  /\b(?:whoever|whomever|whom|one that|one who)\b/gi,
  /\bI\b(?![/-])/g,
];

/** Code, quoted words, addresses and markup are not our sentences: each counts as one word. */
const notOurs = [
  /^\s*@example\b[\s\S]*?(?=^\s*@|(?![\s\S]))/gm,
  /```[\s\S]*?```/g,
  /`[^`]*`/g,
  /\{@link[^}]*\}/g,
  /(?<=\])\([^)]*\)/g,
  /<!--[\s\S]*?-->|<\/?[a-z][^>]*>/g,
  /https?:\/\/\S+/g,
  /"[^"]*"|“[^”]*”|(?<=^|[\s(])'[^'\n]+'(?=[\s.,;:)]|$)/g,
];

/** The same length, so that a place in the masked text is the place in the text. */
const masked = (text: string): string =>
  notOurs.reduce(
    (rest, pattern) => rest.replaceAll(pattern, (part) => part.replaceAll(/[^\n]/g, "§")),
    text,
  );

/** A blank line, a list item, a tag of a doc comment and the dot of an inline list begin a new sentence, too. */
const boundary =
  / · |\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.|@\w+)\s)|(?<=[.!?][)"'*_§]*)\s+(?=[("'*_[]*[\p{Lu}\d§+])|(?<=[.!?])\s*\n/gu;

interface Sentence {
  readonly line: number;
  readonly text: string;
  readonly mask: string;
}

/** The sentences of a text. Their lines count from the text's own first line, which is 0. */
function sentencesOf(text: string): Sentence[] {
  const mask = masked(text);
  const ends = [...mask.matchAll(boundary)].map(({ index, 0: gap }) => index + gap.length);
  return [0, ...ends].map((start, index) => {
    const end = ends[index] ?? text.length;
    const begin = start + (/^\s*/.exec(text.slice(start, end))?.[0].length ?? 0);
    return {
      line: text.slice(0, begin).split("\n").length - 1,
      text: text.slice(begin, end).replaceAll(/\s+/g, " ").trim(),
      mask: mask.slice(begin, end).replaceAll(/\s+/g, " "),
    };
  });
}

const wordsIn = (mask: string): number => (mask.match(/[\p{L}\p{N}§]\S*/gu) ?? []).length;

function reasonsOf(mask: string): string[] {
  const found = forbidden.flatMap((pattern) => [...mask.matchAll(pattern)]);
  const words = wordsIn(mask);
  const tooLong = words > maxWords ? [`${words} words`] : [];
  return [...found.map(([word]) => `"${word}"`), ...tooLong];
}

/** What is not plain English in one file of the project. */
export function findingsIn(path: string, source: string): Finding[] {
  return (proseOf(path, source) ?? []).flatMap((prose) =>
    sentencesOf(prose.text).flatMap(({ line, text, mask }) =>
      reasonsOf(mask).map((reason) => ({ line: prose.line + line, reason, sentence: text })),
    ),
  );
}
