/** Writes one line of JSON an event. Values are flat, so that nothing is logged by accident. */
export type Log = (event: string, fields?: Record<string, LogValue>) => void;
export type LogValue = string | number | boolean | undefined;

// The last line of defence, not the first: callers pass masked values. Ids, keys and tokens are
// replaced wherever they stand, and so are four digits and more in any script and spelling, which
// are numbers and codes. What follows a `•` is the end of a masked number.
const secrets = [
  /(?<![A-Za-z0-9])(?:vrf|sk|usr|rt|dev)_[A-Za-z0-9_-]{8,}/g,
  /(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+/g,
  /(?<![A-Za-z0-9])(?:Basic|Bearer)\s+\S+/gi,
];
const digits = /(?<!•)[+＋(]*\p{Nd}(?:[\s\p{Pd}()./]{0,3}\p{Nd}){3,}/u;
// UUIDs, Twilio's sids and the names of sessions, by which something is found again.
const machineName =
  /\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Z]{2}[0-9a-f]{32}|ses_[\w-]{22})(?![\w-])/;
const digitsOrName = new RegExp(`(${machineName.source})|${digits.source}`, "gu");

export function redact(text: string): string {
  const clean = secrets.reduce((rest, secret) => rest.replace(secret, "[redacted]"), text);
  return clean.replace(digitsOrName, (_match, name?: string) => name ?? "[digits]");
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
