import { codeProse } from "./code-prose.ts";
import { markdownProse } from "./markdown-prose.ts";

/** One text that a person reads: a comment, a title of a test, a message, a paragraph of a page. */
export interface Prose {
  /** The line of the file where the text begins, from 1. */
  readonly line: number;
  readonly text: string;
}

const lineAt = (source: string, index: number): number => source.slice(0, index).split("\n").length;

/** What each match of the pattern has in its first group. */
function matched(source: string, pattern: RegExp): Prose[] {
  return [...source.matchAll(pattern)].map((match) => ({
    line: lineAt(source, match.index),
    text: match[1] ?? "",
  }));
}

const hashComments = (source: string) =>
  matched(source, /(?<=^|\s)#[ \t]([^\n]*(?:\n[ \t]*#[ \t][^\n]*)*)/g);

function pythonProse(source: string): Prose[] {
  return [...hashComments(source), ...matched(source, /"""([\s\S]*?)"""/g)];
}

/** Comments of a page and of its scripts, and the text between its tags. */
function htmlProse(source: string): Prose[] {
  const comments = matched(source, /<!--([\s\S]*?)-->/g);
  const scripts = [...source.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].flatMap((match) =>
    codeProse(match[1] ?? "", "comments").map(({ line, text }) => ({
      line: line + lineAt(source, match.index) - 1,
      text,
    })),
  );
  const blank = (part: string) => part.replaceAll(/[^\n]/g, " ");
  const shown = source
    .replaceAll(/<!--[\s\S]*?-->/g, blank)
    .replaceAll(/<(script|style)[\s\S]*?<\/\1>/g, blank);
  return [...comments, ...scripts, ...matched(shown, />([^<>]*[A-Za-z][^<>]*)</g)];
}

/** What a file has for people to read; undefined where its kind is unknown. */
export function proseOf(path: string, source: string): Prose[] | undefined {
  const kind = path.split(".").at(-1) ?? "";
  if (kind === "md") return markdownProse(source);
  if (kind === "py") return pythonProse(source);
  if (["toml", "sh", "example"].includes(kind)) return hashComments(source);
  if (["html", "svelte", "vue"].includes(kind)) return htmlProse(source);
  if (kind === "css") return matched(source, /\/\*([\s\S]*?)\*\//g);
  if (!["ts", "tsx", "js", "go", "java"].includes(kind)) return undefined;
  return codeProse(source, path.startsWith("src/") ? "comments and texts" : "comments and titles");
}
