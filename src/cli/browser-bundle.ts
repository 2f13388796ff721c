import { readFile } from "node:fs/promises";
import { build, transform, type BuildOptions, type Plugin } from "esbuild";
import { servedLanguageFiles, type ServedLanguages } from "./served-languages.ts";

/** The version of JavaScript that browsers of the last three years support. */
const target = "es2022";

/** Imports a style sheet as minified text. */
const styleAsText: Plugin = {
  name: "style-as-text",
  setup(bundler) {
    bundler.onLoad({ filter: /\.css$/ }, async ({ path }) => ({
      contents: await minifyStyle(path),
      loader: "text",
    }));
  },
};

/** Replaces the source of one file, which is found by the end of its path. */
const replaced = (end: string, contents: string): Plugin => ({
  name: "replaced",
  setup(bundler) {
    const filter = new RegExp(`${end.replaceAll(".", "\\.")}$`);
    bundler.onLoad({ filter }, () => ({ contents, loader: "js" }));
  },
});

const options = {
  bundle: true,
  format: "esm",
  target,
  charset: "utf8",
  legalComments: "none",
  // A bundle needs nothing from tsconfig.json, and a copy of `src` has no such file.
  tsconfigRaw: {},
  write: false,
  logLevel: "warning",
} as const satisfies BuildOptions;

/** Returns one minified ES module. Imports that `external` lists stay unchanged. */
export async function bundleForBrowsers(
  entry: string,
  external: readonly string[] = [],
): Promise<string> {
  return bundle(entry, { external: [...external], plugins: [styleAsText] });
}

/**
 * Returns the sign-in element as the Worker serves it. It fetches its languages from its own
 * folder.
 */
export async function bundleElement(entry: string, languages: ServedLanguages): Promise<string> {
  const source = servedLanguageFiles(languages);
  return bundle(entry, { plugins: [styleAsText, replaced("language-files.ts", source)] });
}

async function bundle(entry: string, more: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    ...options,
    ...more,
    entryPoints: [entry],
    minify: true,
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

export async function minifyStyle(path: string): Promise<string> {
  const source = await readFile(path, "utf8");
  // No target, so that light-dark() and nesting stay as they are written.
  return (await transform(source, { loader: "css", minify: true })).code;
}
