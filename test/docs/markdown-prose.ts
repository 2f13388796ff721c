import type { Prose } from "./prose.ts";

const listItem = /^\s*(?:[-*+]|\d+\.)\s+/;

/** Paragraphs, headings, list items and table cells of a page. Code blocks are no prose. */
export function markdownProse(page: string): Prose[] {
  const found: Prose[] = [];
  let paragraph: Prose | undefined;
  let fence: string | undefined;
  let inComment = false;
  const end = (): void => {
    if (paragraph) found.push(paragraph);
    paragraph = undefined;
  };
  for (const [index, row] of page.split("\n").entries()) {
    const line = index + 1;
    const [mark] = /^\s*(?:>\s*)?(?:```+|~~~+)/.exec(row) ?? [];
    if (mark !== undefined || fence !== undefined) {
      end();
      if (fence === undefined) fence = mark?.trim();
      else if (mark?.trim() === fence) fence = undefined;
      continue;
    }
    if (row.startsWith("<!--")) inComment = true;
    if (row.startsWith("|")) {
      end();
      for (const cell of row.split(/(?<!\\)\|/))
        if (/\w/.test(cell)) found.push({ line, text: cell.trim() });
    } else if (row.trim() === "" || inComment) end();
    else if (row.startsWith("#")) {
      end();
      found.push({ line, text: row.replace(/^#+\s*/, "") });
    } else {
      if (listItem.test(row)) end();
      const text = row
        .replace(listItem, "")
        .replace(/^\s*>\s?/, "")
        .trim();
      paragraph = paragraph ? { ...paragraph, text: `${paragraph.text}\n${text}` } : { line, text };
    }
    if (row.includes("-->")) inComment = false;
  }
  end();
  return found;
}
