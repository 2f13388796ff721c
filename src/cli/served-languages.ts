import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { withHash } from "./assets.ts";

const folder = join(import.meta.dirname, "..", "client", "browser", "sign-in", "languages");

/** Texts of the element in one language, as they are served. */
export interface ServedLanguage {
  /** BCP 47, as the file's name says. */
  readonly tag: string;
  /** The file's name with its hash. */
  readonly name: string;
  readonly content: string;
  readonly integrity: string;
}

export async function servedLanguages(): Promise<readonly ServedLanguage[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const content = JSON.stringify(JSON.parse(await readFile(join(folder, name), "utf8")));
      return {
        tag: basename(name, ".json"),
        name: withHash(name, Buffer.from(content)),
        content,
        integrity: integrityOf(content),
      };
    }),
  );
}

export const integrityOf = (content: string): string =>
  `sha256-${createHash("sha256").update(content).digest("base64")}`;

/**
 * What stands for `language-files.ts` in the module that the Worker serves. A text file is data with
 * an integrity that the module knows, so a page that pins the module's integrity pins its texts too.
 */
export function servedLanguageFiles(languages: readonly ServedLanguage[]): string {
  const table = languages.map(({ tag, name, integrity }) => [tag, name, integrity]);
  return `export const languageFiles = ${JSON.stringify(table)}.map(([tag, name, integrity]) => ({
    tag,
    load: async () =>
      (await fetch(new URL("./languages/" + name, import.meta.url), { integrity })).json(),
  }));`;
}
