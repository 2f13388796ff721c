import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { describe, expect, it } from "vitest";
import { findingsIn } from "./plain-english.ts";

const root = join(import.meta.dirname, "../..");

/** Folders of the project, and the files beside them. */
const read = ["src", "test", "bench", "docs", ".github"];
/** Pages and their assets that tools make, and packages. */
const foreign = /(^|\/)(node_modules|dist|\.[^/]+)\//;

/** All files with prose, by their path from the root. */
function projectFiles(): string[] {
  const all = readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile()) return [entry.name];
    if (!entry.isDirectory() || !read.includes(entry.name)) return [];
    return readdirSync(join(root, entry.name), { recursive: true, encoding: "utf8" }).map(
      (file) => `${entry.name}/${file.split(sep).join("/")}`,
    );
  });
  return all.filter(
    (file) =>
      !foreign.test(file) &&
      /\.(md|tsx?|js|go|java|py|toml|sh|example|html|svelte|vue|css)$/.test(file),
  );
}

/** Twilio's own sentence, which the twin repeats. */
const quoted = "Don't share this code with anyone; our employees will never ask for the code.";

/** `src/a.ts:3: "whoever": the sentence`. */
const shown = (path: string, source: string): string[] =>
  findingsIn(path, source)
    .filter(({ sentence }) => sentence !== quoted)
    .map(({ line, reason, sentence }) => `${path}:${line}: ${reason}: ${sentence}`);

describe("the project's texts", () => {
  const files = projectFiles();

  it("name each person by a role, and have no sentence of more than 40 words", () => {
    expect(projectFiles()).toEqual(
      expect.arrayContaining([
        "README.md",
        "src/index.ts",
        "docs/sessions.md",
        "bench/speed/main.ts",
      ]),
    );
    const found = files.flatMap((file) => shown(file, readFileSync(join(root, file), "utf8")));
    expect(found).toEqual([]);
  });
});

const words = (count: number) => Array.from({ length: count }, () => "word").join(" ");

describe("the check of a source", () => {
  const inSource = (source: string) => shown("src/a.ts", source);

  it.each([
    "he",
    "his",
    "her",
    "himself",
    "me",
    "my",
    "Someone",
    "nobody",
    "whoever",
    "whom",
    "one that",
  ])('refuses "%s" in a comment', (word) => {
    const found = [`src/a.ts:1: "${word}": The key of ${word} is lost.`];
    expect(inSource(`// The key of ${word} is lost.`)).toEqual(found);
    expect(inSource(`/** The key of ${word} is lost. */`)).toEqual(found);
  });

  it('refuses "I", and knows it from the letter i and from I/O', () => {
    expect(inSource("// Now I wait.")).toEqual(['src/a.ts:1: "I": Now I wait.']);
    expect(inSource("// The index i, %i, I/O.")).toEqual([]);
  });

  it("names the line of the sentence, in a long comment too", () => {
    const source = `const a = 1;\n/**\n * A first sentence,\n * wrapped. Then nobody\n * waits.\n *\n * And she.\n */`;
    expect(inSource(source)).toEqual([
      'src/a.ts:4: "nobody": Then nobody waits.',
      'src/a.ts:7: "she": And she.',
    ]);
  });

  it("reads line comments that follow each other as one text", () => {
    const source = `// A sentence with ${words(20)}\n// that goes on with ${words(20)}.`;
    expect(inSource(source)).toEqual([
      expect.stringMatching(/^src\/a\.ts:1: 47 words: A sentence/),
    ]);
  });

  it("takes 40 words, and no more", () => {
    expect(inSource(`// ${words(40)}.`)).toEqual([]);
    expect(inSource(`// ${words(41)}.`)).toHaveLength(1);
    expect(inSource(`// ${words(25)}. W${words(25)}.`)).toEqual([]);
    expect(
      inSource(`/**\n * - ${words(25)}\n * - ${words(25)}\n * @param a ${words(25)}\n */`),
    ).toEqual([]);
  });

  it("counts code, quoted words and addresses as one word each, and reads nothing in them", () => {
    expect(inSource('// `his` is "no one" at https://he.example/me or {@link her}.')).toEqual([]);
    expect(inSource(`// \`${words(60)}\` is one word.`)).toEqual([]);
    expect(inSource("/**\n * The code.\n *\n * @example\n * const me = my(her);\n */")).toEqual([]);
  });

  it("reads the texts that the product shows, joined and with what is put in", () => {
    const source =
      'const a = "Ask " + `${name}, or ${b ? "x" : `y`}: ` + "nobody else knows the code.";';
    expect(inSource(source)).toEqual([
      'src/a.ts:1: "nobody": …, or …: nobody else knows the code.',
    ]);
    expect(inSource('const a = { his: "her", me: x };')).toEqual([]);
  });

  it("is not led astray by quotes in comments, slashes in patterns, or braces in templates", () => {
    const source = [
      "// It's the user's.",
      "const pattern = /[\"'/]`/.test(a) ? 4 / 2 / 1 : 1;",
      "const text = `${list.map((x) => `${{ x }.x} \\` `).join()}`;",
      "// Then nobody waits.",
    ].join("\n");
    expect(inSource(source)).toEqual(['src/a.ts:4: "nobody": Then nobody waits.']);
  });
});

describe("the check of a test", () => {
  const inTest = (source: string) =>
    shown("test/a.test.ts", source).map((row) => row.split(": ").at(-1));

  it("reads the titles of it, test and describe, with each and the like", () => {
    const source = [
      'describe("a session of his", () => {',
      '  it("asks nobody", () => {});',
      '  it.each([f("her")])("lets %s and him in", () => {});',
      "  test.skipIf(a.b())(`knows ${x} and me`, () => {});",
      "});",
    ].join("\n");
    expect(inTest(source)).toEqual([
      "a session of his",
      "asks nobody",
      "lets %s and him in",
      "knows … and me",
    ]);
  });

  it("leaves its other strings alone, and reads its comments", () => {
    expect(inTest('expect(text).toBe("nobody told me"); // Then she waits.')).toEqual([
      "Then she waits.",
    ]);
    expect(inTest('pattern.test("nobody told me");')).toEqual([]);
  });
});

describe("the check of other files", () => {
  it("reads a page's paragraphs, headings, list items and cells, and no code block", () => {
    const page = [
      "# What he does",
      "",
      "Two lines of one",
      "that they follow.",
      "",
      "- a list,",
      "  and her",
      "```sh",
      "me",
      "```",
      "| cell | of me |",
      "",
      "<!-- my -->",
      "[his page](his.md)",
    ].join("\n");
    expect(shown("docs/a.md", page)).toEqual([
      'docs/a.md:1: "he": What he does',
      'docs/a.md:3: "one that": Two lines of one that they follow.',
      'docs/a.md:6: "her": a list, and her',
      'docs/a.md:11: "me": of me',
      'docs/a.md:14: "his": [his page](his.md)',
    ]);
  });

  it.each([
    ["a.py", '# Asks him.\nx = 1\n"""Asks him."""', 2],
    ["a.toml", 'a = "#him" # Asks him.', 1],
    ["a.css", "/* Asks him. */ .him { color: #111; }", 1],
    ["a.html", "<!-- Asks him. --><p title='him'>Asks him.</p><script>// Asks him.\n</script>", 3],
    ["a.svelte", "<script>\n// Asks him.\n</script>", 1],
    ["a.go", "// Asks him.\nvar him = `him`", 1],
  ])("reads what people read in %s", (path, source, count) => {
    const found = shown(path, source);
    expect(found).toHaveLength(count);
    for (const row of found) expect(row).toMatch(/"him": .*Asks him\./);
  });
});
