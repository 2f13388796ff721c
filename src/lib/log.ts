/** Writes one line of JSON an event. Values are flat, so that nothing is logged by accident. */
export type Log = (event: string, fields?: Record<string, LogValue>) => void;
export type LogValue = string | number | boolean | undefined;

// The last line of defence, not the first: callers pass masked values. Runs of four digits and more (numbers and
// codes), ids, keys and tokens are replaced wherever they stand.
const secrets: [RegExp, string][] = [
  [/\b(?:vrf|sk|usr)_[A-Za-z0-9_-]{8,}/g, "[redacted]"],
  [/\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+/g, "[redacted]"],
  [/\b(?:Basic|Bearer)\s+\S+/gi, "[redacted]"],
  [/(?<![A-Za-z0-9•])\+?\d(?:[\s().-]?\d){3,}(?![A-Za-z])/g, "[digits]"],
];

export function redact(text: string): string {
  return secrets.reduce((clean, [pattern, mark]) => clean.replace(pattern, mark), text);
}

/** `context` stands in every line: the request id, above all. */
export function createLog(context: Record<string, LogValue>): Log {
  return (event, fields = {}) => {
    const clean = Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === "string" ? redact(value) : value,
    ]);
    console.log(JSON.stringify({ event, ...context, ...Object.fromEntries(clean) }));
  };
}
