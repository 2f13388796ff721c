import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "src/client/README.md",
  ...readdirSync(join(root, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

/** As GitHub names a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const anchorsIn = (file: string): string[] =>
  [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    anchorOf(heading ?? ""),
  );

/** The start of links to this repository. The page of the packed client has no other way to its files. */
const published = "https://github.com/phonegate/phonegate/blob/main/";

/** The links of a page that lead nowhere. */
function brokenLinks(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8");
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? "");
  const own = links.filter((link) => link.startsWith(published) || !/^https?:/.test(link));
  return own.filter((link) => {
    const [path = "", anchor] = link.split("#");
    const file = path.startsWith(published)
      ? join(root, path.slice(published.length))
      : path === ""
        ? join(root, page)
        : join(root, page, "..", path);
    if (!existsSync(file)) return true;
    return anchor !== undefined && !anchorsIn(file).includes(anchor);
  });
}

describe("the documentation", () => {
  it.each(pages)("%s has no link that leads nowhere", (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it("is linked from its index, each page of it", () => {
    const index = readFileSync(join(root, "docs/README.md"), "utf8");
    const inDocs = pages.filter((page) => page.startsWith("docs/") && page !== "docs/README.md");
    expect(inDocs.length).toBeGreaterThan(20);
    for (const page of inDocs) expect(index).toContain(`](${page.slice("docs/".length)})`);
  });

  it("has an index that the README links, as it links the pages beside it", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    for (const page of ["docs/README.md", "CONTRIBUTING.md", "SECURITY.md"])
      expect(readme).toContain(`](${page})`);
  });

  it("names no npm script that is not there", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const text = pages.map((page) => readFileSync(join(root, page), "utf8")).join("\n");
    const named = [...text.matchAll(/npm run (?:--silent )?([a-z:-]+)/g)].map(
      ([, name]) => name ?? "",
    );
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(scripts[name], name).toBeDefined();
  });
});
