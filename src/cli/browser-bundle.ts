import { readFile } from "node:fs/promises";
import { build, transform, type Plugin } from "esbuild";

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

/** One ES module, minified. `external` imports stay as they are written. */
export async function bundleForBrowsers(
  entry: string,
  external: readonly string[] = [],
  minify = true,
): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    external: [...external],
    format: "esm",
    minify,
    target,
    charset: "utf8",
    legalComments: "none",
    // Nothing of it matters to a bundle, and in a copy of src alone it is not there.
    tsconfigRaw: {},
    plugins: [styleAsText],
    write: false,
    logLevel: "warning",
  });
  return outputFiles[0]?.text ?? "";
}

export async function minifyStyle(path: string): Promise<string> {
  const source = await readFile(path, "utf8");
  // No target: light-dark() and nesting are for the browser to read.
  return (await transform(source, { loader: "css", minify: true })).code;
}
