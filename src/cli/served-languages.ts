import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

const folder = join(import.meta.dirname, "..", "client", "browser", "sign-in", "languages");

/** The element's texts in every language except English, as the Worker serves them. */
export interface ServedLanguages {
  /** The content of each file by BCP 47 tag. */
  readonly contents: ReadonlyMap<string, string>;
  /** Changes with any of the texts, so that browsers may cache each file for ever. */
  readonly version: string;
}

export async function servedLanguages(): Promise<ServedLanguages> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).toSorted();
  const contents = await Promise.all(
    names.map(async (name) => {
      const texts: unknown = JSON.parse(await readFile(join(folder, name), "utf8"));
      return [basename(name, ".json"), JSON.stringify(texts)] as const;
    }),
  );
  const hash = createHash("sha256").update(JSON.stringify(contents)).digest("hex");
  return { contents: new Map(contents), version: hash.slice(0, 12) };
}

/**
 * Returns the source that replaces `language-files.ts` in the Worker's module. It fetches the texts
 * as data.
 */
export function servedLanguageFiles({ contents, version }: ServedLanguages): string {
  return `export const languageFiles = ${JSON.stringify([...contents.keys()])}.map((tag) => ({
    tag,
    load: async () => {
      const path = "./languages/${version}/" + tag + ".json";
      const response = await fetch(new URL(path, import.meta.url));
      if (!response.ok) throw new Error(path);
      return response.json();
    },
  }));`;
}
