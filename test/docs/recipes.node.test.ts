// A recipe on a page is a file that the tests run, to the letter.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** By page: the file of each recipe, and the language of its block. */
const recipes = [
  ["docs/backends.md", "test/examples/express/server.js", "js"],
  ["docs/backends.md", "test/examples/hono/src/index.ts", "ts"],
  ["docs/backends.md", "test/examples/python/phonegate.py", "python"],
  ["docs/backends.md", "test/examples/go/phonegate.go", "go"],
  ["docs/backends.md", "test/examples/java/Phonegate.java", "java"],
  ["docs/hooks.md", "test/examples/receivers/hooks.js", "js"],
  ["docs/webhooks.md", "test/examples/receivers/events.js", "js"],
  ["docs/frontends.md", "test/examples/plain/fetch-as-user.js", "js"],
  ["docs/laptop.md", "test/examples/plain/cookie.html", "html"],
  ["docs/laptop.md", "test/examples/plain/on-a-phone.js", "js"],
  ["docs/second-factor.md", "test/examples/plain/second-factor.js", "js"],
  ["docs/frameworks.md", "test/examples/vue/vite.config.ts", "ts"],
] as const;

const blocksOf = (page: string, language: string): string[] =>
  [...read(page).matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map(
    ([, block = ""]) => block,
  );

describe.each(recipes)("the recipe on %s that is %s", (page, file, language) => {
  it("is that file, or all of it below the imports, in at most 15 lines", () => {
    const text = read(file);
    const shown = blocksOf(page, language).find((block) => text.endsWith(block));
    expect(shown, `no block of ${page} is the end of ${file}`).toBeDefined();
    expect(shown?.trimEnd().split("\n").length).toBeLessThanOrEqual(15);
  });
});

describe("the packed client", () => {
  it("is named with its version wherever it is installed from", () => {
    const { version } = JSON.parse(read("package.json")) as { version: string };
    const examples = ["express", "hono", "react", "svelte", "vue"];
    const pages = ["src/client/README.md", "docs/backends.md", "docs/frameworks.md"];
    for (const file of [
      ...pages,
      ...examples.map((name) => `test/examples/${name}/package.json`),
    ]) {
      const named = read(file).match(/phonegate-client-[\d.]+\.tgz/g) ?? [];
      expect(new Set(named), file).toEqual(new Set([`phonegate-client-${version}.tgz`]));
    }
  });
});
