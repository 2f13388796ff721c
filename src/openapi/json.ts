/** A part of the document: any object that `JSON.stringify` accepts. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Returns the object without its undefined values. */
export const present = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
