import { isDeepStrictEqual } from "node:util";
import { parse, type TomlTable } from "smol-toml";

export type Edit =
  | { readonly kind: "edited"; readonly toml: string }
  /** It is written in a way that a line editor had better leave alone. */
  | { readonly kind: "refused" };

const header = /^\s*\[/;
/** A plain text on one line, and what may stand behind it. */
const oneLine = /^("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#"'[{]+)(\s*(?:#.*)?)$/;

/**
 * Sets texts in `[vars]`, each on its own line, and leaves every other byte as it is: comments,
 * order, empty lines. What is not there yet comes at the section's end. The result is parsed again,
 * and given back only if nothing but these values has changed.
 */
export function setVars(toml: string, values: Readonly<Record<string, string>>): Edit {
  const lines = toml.split("\n");
  const section = sectionOf(lines, /^\s*\[vars\]\s*(#.*)?$/);
  if (section === undefined) return { kind: "refused" };
  const [first] = section;
  let [, end] = section;
  for (const [name, value] of Object.entries(values)) {
    const at = lines.findIndex((line, index) => index >= first && index < end && isKey(line, name));
    if (at < 0) {
      lines.splice(end, 0, `${name} = ${quoted(value)}`);
      end += 1;
    } else {
      const line = lines[at] ?? "";
      const from = line.indexOf("=") + 1;
      const match = oneLine.exec(line.slice(from).trimStart());
      if (match === null) return { kind: "refused" };
      lines[at] = `${line.slice(0, from)} ${quoted(value)}${match[2] ?? ""}`;
    }
  }
  return checked(toml, lines, (root) => {
    Object.assign(asTable(root.vars), values);
  });
}

/** Gives the KV namespace of this binding its id. */
export function setKvId(toml: string, binding: string, id: string): Edit {
  const lines = toml.split("\n");
  for (let from = 0; ;) {
    const section = sectionOf(lines, /^\s*\[\[kv_namespaces\]\]\s*(#.*)?$/, from);
    if (section === undefined) return { kind: "refused" };
    const [first, end] = section;
    const inside = lines.slice(first, end);
    const named = inside.findIndex(
      (line) => isKey(line, "binding") && line.includes(`"${binding}"`),
    );
    from = end;
    if (named < 0) continue;
    const old = inside.findIndex((line) => isKey(line, "id"));
    if (old >= 0) lines[first + old] = `id = ${quoted(id)}`;
    else lines.splice(first + named + 1, 0, `id = ${quoted(id)}`);
    return checked(toml, lines, (root) => {
      const all = Array.isArray(root.kv_namespaces) ? root.kv_namespaces : [];
      for (const each of all) if (asTable(each).binding === binding) asTable(each).id = id;
    });
  }
}

/** The lines of a section, its header not counted, up to its last line that says something. */
function sectionOf(
  lines: readonly string[],
  title: RegExp,
  from = 0,
): [first: number, end: number] | undefined {
  const at = lines.findIndex((line, index) => index >= from && title.test(line));
  if (at < 0) return undefined;
  const next = lines.findIndex((line, index) => index > at && header.test(line));
  let end = next < 0 ? lines.length : next;
  // The comment above the next header belongs to that one.
  while (end > at + 1 && /^\s*(#.*)?$/.test(lines[end - 1] ?? "")) end -= 1;
  return [at + 1, end];
}

const isKey = (line: string, name: string): boolean =>
  new RegExp(`^\\s*(${name}|"${name}")\\s*=`).test(line);

/** A TOML basic string; JSON's escapes are among its own. */
const quoted = (value: string): string => JSON.stringify(value);

function checked(before: string, lines: string[], change: (root: TomlTable) => void): Edit {
  const toml = lines.join("\n");
  try {
    const expected = parse(before);
    change(expected);
    return isDeepStrictEqual(parse(toml), expected)
      ? { kind: "edited", toml }
      : { kind: "refused" };
  } catch {
    return { kind: "refused" };
  }
}

function asTable(value: unknown): TomlTable {
  return isTable(value) ? value : {};
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
