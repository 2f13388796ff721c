/** Returns every key with its type, sorted. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== "object" || value === null) return typeOf(value);
  const entries = Object.entries(value).map(([key, child]) => [key, shapeOf(child)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => a.localeCompare(b)));
}

function typeOf(value: unknown): string {
  if (typeof value !== "string") return value === null ? "null" : typeof value;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) return "time";
  if (/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/.test(value)) return "RFC 2822 time";
  if (/^-?\d+\.\d{5}$/.test(value)) return "price";
  if (/^\d+$/.test(value)) return "number in a string";
  if (value.startsWith("/2010-04-01/")) {
    return value.replaceAll(/[0-9a-f]{32}/g, "*").replace(/\?.*/, "");
  }
  if (/^[A-Z]{2}[0-9a-f]{32}$/.test(value)) return `sid ${value.slice(0, 2)}`;
  if (value.startsWith("https://")) return value.replace(/[0-9a-f]{32}/g, "*");
  return "string";
}

/** Returns the shape of `value`, with null for each key that is null in `example`. */
export function shapeLike(value: object, example: object): unknown {
  const nulls = Object.entries(example).filter(([, child]) => child === null);
  return shapeOf({ ...value, ...Object.fromEntries(nulls.filter(([key]) => key in value)) });
}
