import type { Texts } from "./texts.ts";

/** A language other than English. Its texts are loaded when they are needed. */
export interface LanguageFile {
  /** BCP 47. */
  readonly tag: string;
  load(): Promise<Texts>;
}

/**
 * The language files for bundlers. In the script that the Worker serves,
 * `src/cli/served-languages.ts` replaces this file: it fetches the texts from the script's own
 * folder.
 */
export const languageFiles: readonly LanguageFile[] = [
  {
    tag: "ar",
    load: async () => (await import("./languages/ar.json", { with: { type: "json" } })).default,
  },
  {
    tag: "de",
    load: async () => (await import("./languages/de.json", { with: { type: "json" } })).default,
  },
  {
    tag: "es",
    load: async () => (await import("./languages/es.json", { with: { type: "json" } })).default,
  },
  {
    tag: "fr",
    load: async () => (await import("./languages/fr.json", { with: { type: "json" } })).default,
  },
  {
    tag: "hi",
    load: async () => (await import("./languages/hi.json", { with: { type: "json" } })).default,
  },
  {
    tag: "it",
    load: async () => (await import("./languages/it.json", { with: { type: "json" } })).default,
  },
  {
    tag: "ja",
    load: async () => (await import("./languages/ja.json", { with: { type: "json" } })).default,
  },
  {
    tag: "pt-BR",
    load: async () => (await import("./languages/pt-BR.json", { with: { type: "json" } })).default,
  },
  {
    tag: "zh-Hans",
    load: async () =>
      (await import("./languages/zh-Hans.json", { with: { type: "json" } })).default,
  },
];
