// A recipe on a page is a file that the tests run, to the letter.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** By page: the file of each recipe, and the language of its block. */
const recipes = [
  ["src/docs/backends.md", "test/examples/express/server.js", "js"],
  ["src/docs/backends.md", "test/examples/hono/src/index.ts", "ts"],
  ["src/docs/frameworks.md", "test/examples/vue/vite.config.ts", "ts"],
] as const;

describe.each(recipes)("the recipe on %s that is %s", (page, file, language) => {
  it("is that file, in at most 15 lines", () => {
    const text = read(file);
    expect(read(page)).toContain(`\`\`\`${language}\n${text}\`\`\``);
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(15);
  });
});
