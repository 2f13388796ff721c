import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

const folder = join(import.meta.dirname, "..", "client", "browser", "sign-in", "languages");

/** Texts of the element in every language but English, as they are served. */
export interface ServedLanguages {
  /** By BCP 47 tag. */
  readonly contents: ReadonlyMap<string, string>;
  /** Changes with any of the texts, so that each file may be kept for ever. */
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

/** What stands for `language-files.ts` in the module that the Worker serves: texts are fetched as data. */
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
