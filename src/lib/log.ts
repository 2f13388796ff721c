/** Values are flat, but for named numbers, so that nothing is logged by accident. */
export type LogValue = string | number | boolean | undefined | Readonly<Record<string, number>>;
/** One event, as it is written down. */
export type LogLine = Readonly<Record<string, LogValue>> & { readonly event: string };

// The last line of defence, not the first: callers pass masked values. Ids, keys and tokens are
// replaced wherever they stand, and so are four digits and more in any script and spelling, which
// are numbers and codes. What follows a `•` is the end of a masked number.
// Tokens as long as ours are found behind a letter too: that of `\n` or `%22`.
const token =
  /(?<![A-Za-z0-9])(?:vrf|sk|usr|rt|dev)_[A-Za-z0-9_-]{8,}|(?:vrf|usr|rt|dev)_[A-Za-z0-9_-]{40,}/;
const credentials = [
  /(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+/g,
  /(?<![A-Za-z0-9])(?:Basic|Bearer)\s+\S+/gi,
];
const digits = /(?<!•)[+＋(]*\p{Nd}(?:[\s\p{Pd}()./]{0,3}\p{Nd}){3,}/u;
// The names of sessions, UUIDs and Twilio's sids, by which something is found again. A random name
// has a letter; what has none is a number.
const sessionName = /\bses_(?=[\d_-]*[A-Za-z])[\w-]{22}(?![\w-])/;
const machineName =
  /\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Z]{2}[0-9a-f]{32})(?![\w-])/;
const nameOrToken = new RegExp(`(${sessionName.source})|${token.source}`, "g");
const nameOrDigits = new RegExp(
  `(${sessionName.source}|${machineName.source})|${digits.source}`,
  "gu",
);

// The whole value: a time of ours, and a prefix with the end of its numbers hidden.
const ours = /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|\+\d{1,11}•{4})$/;

export function redact(text: string): string {
  if (ours.test(text)) return text;
  const unlessName = (mark: string) => (_match: string, name?: string) => name ?? mark;
  const clean = credentials.reduce(
    (rest, credential) => rest.replace(credential, "[redacted]"),
    text.replace(nameOrToken, unlessName("[redacted]")),
  );
  return clean.replace(nameOrDigits, unlessName("[digits]"));
}

/**
 * Writes one line of JSON an event, and hands it to `alsoTo`. `context` stands in every line, as it
 * is at that moment: the request id, above all.
 */
export function createLog(
  context: () => Readonly<Record<string, LogValue>>,
  alsoTo: (line: LogLine) => void = () => undefined,
): (event: string, fields: Readonly<Record<string, LogValue>>) => void {
  return (event, fields) => {
    const clean = Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === "string" ? redact(value) : value,
    ]);
    const line: LogLine = { event, ...context(), ...Object.fromEntries(clean) };
    console.log(JSON.stringify(line));
    alsoTo(line);
  };
}
