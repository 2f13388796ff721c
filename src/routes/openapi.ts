import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { Router } from "../http/router.ts";
import { Problem } from "../problem.ts";

const path = "/openapi.json";

/** The OpenAPI document of this build, with the real origin as its server for client generators. */
export const openApi = new Router()
  .get(path, async (c) => {
    const { origin } = c.var;
    const file = await c.env.ASSETS.fetch(new URL(path, c.req.url));
    if (!file.ok) throw new Problem("not_found");
    const document = await file.json<Record<string, unknown>>();
    c.header("Cache-Control", "public, max-age=300");
    return c.json({ ...document, servers: [{ url: origin }] });
  })
  .all(path, methodNotAllowed("GET"));
