import { readFile } from "node:fs/promises";
import { build, transform, type BuildOptions, type Plugin } from "esbuild";
import { servedLanguageFiles, type ServedLanguages } from "./served-languages.ts";

/** What browsers of the last three years read. */
const target = "es2022";

/** A style sheet that is imported is a text, minified. */
const styleAsText: Plugin = {
  name: "style-as-text",
  setup(bundler) {
    bundler.onLoad({ filter: /\.css$/ }, async ({ path }) => ({
      contents: await minifyStyle(path),
      loader: "text",
    }));
  },
};

/** Another source for one file, found by the end of its path. */
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
  // Nothing of it matters to a bundle, and in a copy of src alone it is not there.
  tsconfigRaw: {},
  write: false,
  logLevel: "warning",
} as const satisfies BuildOptions;

/** One ES module, minified. `external` imports stay as they are written. */
export async function bundleForBrowsers(
  entry: string,
  external: readonly string[] = [],
): Promise<string> {
  return bundle(entry, { external: [...external], plugins: [styleAsText] });
}

/** The sign-in element as it is served: it fetches its languages from beside itself. */
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
  // No target: light-dark() and nesting are for the browser to read.
  return (await transform(source, { loader: "css", minify: true })).code;
}
