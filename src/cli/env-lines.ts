import { parseEnv } from "node:util";

/** Reads each line of a settings file. An empty value unsets a setting of another file. */
export function readLines(text: string | undefined): Record<string, string> {
  const lines = Object.entries(parseEnv(text ?? ""));
  return Object.fromEntries(lines.map(([name, value]) => [name, value ?? ""]));
}

/** Reads the settings of a file. An empty value counts as unset. */
export function readSet(text: string | undefined): Record<string, string> {
  return withoutEmpty(readLines(text));
}

/** Removes empty values: in every file and in the environment they mean "unset". */
export function withoutEmpty(
  values: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const set = Object.entries(values).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1].trim() !== "",
  );
  return Object.fromEntries(set);
}

/**
 * Sets names in the text of a settings file. An existing line is replaced in place, and new lines
 * are appended. All other lines stay. Returns undefined if a value cannot be written so that it
 * reads back unchanged.
 */
export function setEnvLines(
  text: string,
  values: Readonly<Record<string, string>>,
): string | undefined {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  for (const [name, value] of Object.entries(values)) {
    const line = envLine(name, value);
    if (line === undefined) return undefined;
    const at = lines.findLastIndex((each) =>
      new RegExp(`^\\s*(export\\s+)?${name}\\s*=`).test(each),
    );
    if (at < 0) lines.push(line);
    else lines[at] = line;
  }
  const next = `${lines.join("\n")}\n`;
  const read = parseEnv(next);
  const before = parseEnv(text);
  const isRight = Object.entries({ ...before, ...values }).every(
    ([name, value]) => read[name] === value,
  );
  return isRight ? next : undefined;
}

function envLine(name: string, value: string): string | undefined {
  if (/[\n\r]/.test(value)) return undefined;
  // A value without these characters, and a JSON text, need no quotes.
  if (!/^\s|\s$|[#'"`]/.test(value) || /^[{[]/.test(value)) return `${name}=${value}`;
  const quote = ["'", '"', "`"].find((each) => !value.includes(each));
  return quote === undefined ? undefined : `${name}=${quote}${value}${quote}`;
}
