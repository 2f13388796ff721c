/** A piece of the document: whatever `JSON.stringify` takes. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What JSON would leave out anyway, left out. */
export const present = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
