import type { Context, Hono } from "hono";
import * as v from "valibot";

type ControlSchema = v.GenericSchema<unknown, object>;

/** Returns the body of a control call, or a 400 that names the first wrong field. */
export async function readControl<S extends ControlSchema>(
  c: Context,
  schema: S,
): Promise<v.InferOutput<S> | Response> {
  const parsed = parseJson((await c.req.text()) || "{}");
  const result = v.safeParse(schema, parsed);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  const message = parsed === undefined ? "The body is not JSON" : issue.message;
  return refuse(c, field, message);
}

export function refuse(c: Context, field: string | null, message: string): Response {
  return c.json({ error: "invalid_request", field, message }, 400);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * Answers every other method with 405 and the allowed methods. Call it after the routes are added.
 */
export function refuseMethods(app: Hono, methods: Readonly<Record<string, string>>): Hono {
  for (const [path, allow] of Object.entries(methods)) {
    app.all(path, (c) => c.json({ error: "method_not_allowed" }, 405, { Allow: allow }));
  }
  return app;
}
