/** Values are flat, except for named numbers, so that no object is logged by accident. */
export type LogValue = string | number | boolean | undefined | Readonly<Record<string, number>>;
/** One line of the log. */
export type LogLine = Readonly<Record<string, LogValue>> & { readonly event: string };

// The last line of defence: callers already pass masked values. Ids, keys and tokens are replaced
// wherever they stand. Four or more digits, in any script and spelling, are replaced too: they may be
// a number or a code. Digits after a `•` are the end of a masked number and stay.
// A long token is also found directly after a letter, as in `\nrt_…` or `%22rt_…`.
const token =
  /(?<![A-Za-z0-9])(?:vrf|sk|usr|rt|dev)_[A-Za-z0-9_-]{8,}|(?:vrf|usr|rt|dev)_[A-Za-z0-9_-]{40,}/;
const credentials = [
  /(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+/g,
  /(?<![A-Za-z0-9])(?:Basic|Bearer)\s+\S+/gi,
];
const digits = /(?<!•)[+＋(]*\p{Nd}(?:[\s\p{Pd}()./]{0,3}\p{Nd}){3,}/u;
// Ids of sessions and events, UUIDs and Twilio's sids stay, since the operator searches by them. A
// random id has a letter. One without a letter may be a phone number, so it is redacted.
const sessionName = /\b(?:ses|evt)_(?=[\d_-]*[A-Za-z])[\w-]{22}(?![\w-])/;
const machineName =
  /\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Z]{2}[0-9a-f]{32})(?![\w-])/;
const nameOrToken = new RegExp(`(${sessionName.source})|${token.source}`, "g");
const nameOrDigits = new RegExp(
  `(${sessionName.source}|${machineName.source})|${digits.source}`,
  "gu",
);

// Whole values that stay: a time in ISO 8601, and a number prefix whose last digits are hidden.
const harmlessValue = /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|\+\d{1,11}•{4})$/;

/** Returns the text with credentials, ids, numbers and codes replaced by `[redacted]` or `[digits]`. */
export function redact(text: string): string {
  if (harmlessValue.test(text)) return text;
  const keepNames = (mark: string) => (_match: string, name?: string) => name ?? mark;
  const clean = credentials.reduce(
    (rest, credential) => rest.replace(credential, "[redacted]"),
    text.replace(nameOrToken, keepNames("[redacted]")),
  );
  return clean.replace(nameOrDigits, keepNames("[digits]"));
}

/**
 * Returns a function that writes one event as a line of JSON and passes it to `alsoTo`. Each line also
 * has the fields that `context` returns at that moment, such as the request id.
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
