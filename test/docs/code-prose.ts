import type { Prose } from "./prose.ts";

/** Which strings of a source count beside its comments: none, those that read like a sentence, titles of tests. */
export type Part = "comments" | "comments and texts" | "comments and titles";

type Kind = "line comment" | "block comment" | "string" | "template" | "regex" | "word" | "sign";

interface Token {
  readonly kind: Kind;
  readonly line: number;
  readonly text: string;
}

const patterns: readonly (readonly [Kind, RegExp])[] = [
  ["line comment", /\/\/[^\n]*/y],
  ["block comment", /\/\*[\s\S]*?\*\//y],
  ["string", /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/y],
  ["regex", /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y],
  ["word", /[\w$]+/y],
  ["sign", /\S/y],
];

const wordsBeforeRegex = new Set(["return", "case", "typeof", "in", "of", "await", "default"]);

/** A slash divides after a value, and begins a regular expression elsewhere. */
function mayBeginRegex(last: Token | undefined): boolean {
  if (last === undefined) return true;
  if (last.kind === "word") return wordsBeforeRegex.has(last.text);
  return last.kind === "sign" && !")]}<".includes(last.text);
}

/** The tokens of a source in TypeScript, JavaScript, Go or Java, as far as prose needs them. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  // For each open `${` the count of braces that are open within it.
  const templates: number[] = [];
  let line = 1;
  let index = 0;
  let lastCode: Token | undefined;

  const take = (kind: Kind, text: string): void => {
    const token = { kind, line, text };
    tokens.push(token);
    if (!kind.endsWith("comment")) lastCode = token;
    line += text.split("\n").length - 1;
    index += text.length;
  };
  /** The text of a template up to its end or to the next `${`. */
  const takeTemplate = (): void => {
    const part = /(?:`|\})((?:\\[\s\S]|\$(?!\{)|[^`\\$])*)(?:`|\$\{|$)/y;
    part.lastIndex = index;
    const text = part.exec(source)?.[0] ?? "`";
    if (text.endsWith("${")) templates.push(0);
    take("template", text);
  };

  while (index < source.length) {
    const char = source[index] ?? "";
    const open = templates.at(-1);
    if (char === "`" || (char === "}" && open === 0)) {
      if (char === "}") templates.pop();
      takeTemplate();
      continue;
    }
    if (open !== undefined && "{}".includes(char))
      templates[templates.length - 1] = open + (char === "{" ? 1 : -1);
    if (/\s/.test(char)) {
      if (char === "\n") line += 1;
      index += 1;
      continue;
    }
    for (const [kind, pattern] of patterns) {
      if (kind === "regex" && !mayBeginRegex(lastCode)) continue;
      pattern.lastIndex = index;
      const [text] = pattern.exec(source) ?? [];
      if (text === undefined) continue;
      take(kind, text);
      break;
    }
  }
  return tokens;
}

const isText = ({ kind }: Token) => kind === "string" || kind === "template";

const unescaped = (text: string): string => text.replaceAll("\\n", "\n").replaceAll(/\\(.)/g, "$1");

/** A string without its quotes; what a template puts in stands as `…`. */
const contentOf = ({ text }: Token): string =>
  unescaped(text.replace(/^\}/, "…").replace(/^["'`]|["'`]$|\$\{$/g, ""));

const withoutMarks = (comment: string): string =>
  comment
    .replace(/^\/\*\*?|\*\/$/g, "")
    .split("\n")
    .map((row) => row.replace(/^\s*(?:\/\/+|\*)? ?/, ""))
    .join("\n");

/** Comments. Line comments in consecutive lines are one text. */
function commentsOf(tokens: readonly Token[]): Prose[] {
  const comments: Prose[] = [];
  let last: Token | undefined;
  for (const token of tokens) {
    const text = withoutMarks(token.text);
    const before = comments.at(-1);
    const goesOn =
      token.kind === "line comment" &&
      last?.kind === "line comment" &&
      token.line === (before?.line ?? 0) + (before?.text.split("\n").length ?? 0);
    if (goesOn && before)
      comments[comments.length - 1] = { ...before, text: `${before.text}\n${text}` };
    else if (token.kind.endsWith("comment")) comments.push({ line: token.line, text });
    last = token;
  }
  return comments;
}

/** Whole strings: the parts of a template and what `+` joins are one text. */
function textsOf(tokens: readonly Token[]): Prose[] {
  const code = tokens.filter(({ kind }) => !kind.endsWith("comment"));
  const texts: Prose[] = [];
  // Templates may stand within templates: each open one waits for its next part.
  const open: { line: number; text: string }[] = [];
  let joined = false;
  for (const [index, token] of code.entries()) {
    if (!isText(token)) {
      const between = code[index - 1];
      const next = code[index + 1];
      joined = token.text === "+" && between !== undefined && isText(between) && next !== undefined;
      continue;
    }
    const begun = token.text.startsWith("}") ? open.pop() : undefined;
    const whole = {
      line: begun?.line ?? token.line,
      text: (begun?.text ?? "") + contentOf(token),
    };
    if (token.kind === "template" && token.text.endsWith("${")) {
      open.push(whole);
      continue;
    }
    const before = texts.at(-1);
    if (joined && before) texts[texts.length - 1] = { ...before, text: before.text + whole.text };
    else texts.push(whole);
    joined = false;
  }
  return texts;
}

/** The lines of a text stand below each other as they are printed: none goes on in the next one. */
const linesOf = ({ line, text }: Prose): Prose[] =>
  text.split("\n").map((row, index) => ({ line: line + index, text: row }));

/** Four words or more, some of them longer than a code of a language, and no markup or style. */
const readsLikeASentence = ({ text }: Prose): boolean =>
  /[a-z,]+ [a-z]+,? [a-z]+/.test(text) &&
  /[a-z]{4}/.test(text) &&
  text.split(/\s+/).length > 3 &&
  !/^\s*[<{[.#@]|[{;]\s*$/.test(text);

const isTestFunction = /^(?:it|test|describe)$/;

/** The first string of `it(…)`, `test.each(…)(…)`, `describe.skipIf(…)(…)`. */
function titlesOf(tokens: readonly Token[]): Prose[] {
  const code = tokens.filter(({ kind }) => !kind.endsWith("comment"));
  const titles: Token[] = [];
  const calls: boolean[] = [];
  let closed = false;
  for (const [index, token] of code.entries()) {
    if (token.text === "(" && token.kind === "sign") {
      const before = code[index - 1];
      calls.push(before?.text === ")" ? closed : isCallOfTest(code, index));
      const next = code[index + 1];
      if (calls.at(-1) === true && next !== undefined && isText(next)) titles.push(next);
    }
    if (token.text === ")" && token.kind === "sign") closed = calls.pop() ?? false;
  }
  return titles.flatMap((title) => {
    const from = tokens.indexOf(title);
    return textsOf(tokens.slice(from, endOfText(tokens, from))).slice(0, 1);
  });
}

function isCallOfTest(code: readonly Token[], paren: number): boolean {
  let at = paren - 1;
  while (code[at - 1]?.text === "." && code[at]?.kind === "word") at -= 2;
  return code[at - 1]?.text !== "." && isTestFunction.test(code[at]?.text ?? "");
}

/** Where the string that begins at `from` is over: a template has its own parts to pass. */
function endOfText(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at++) {
    const { kind, text } = tokens[at] ?? { kind: "sign", text: "" };
    if (kind === "template" && text.startsWith("}")) depth -= 1;
    if (kind === "template" && text.endsWith("${")) depth += 1;
    if (depth === 0) return at + 1;
  }
  return tokens.length;
}

export function codeProse(source: string, part: Part): Prose[] {
  const tokens = tokensOf(source);
  const comments = commentsOf(tokens);
  if (part === "comments") return comments;
  if (part === "comments and titles") return [...comments, ...titlesOf(tokens)];
  return [...comments, ...textsOf(tokens).flatMap(linesOf).filter(readsLikeASentence)];
}
