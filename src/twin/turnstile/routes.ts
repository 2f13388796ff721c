import { Hono } from "hono";
import type { Desk } from "../desk.ts";
import { serveUnderFaults } from "../faults.ts";
import { toResponse, type Sleep } from "../travel.ts";
import { refused, siteverify } from "./siteverify.ts";

const SITEVERIFY = "/turnstile/v0/siteverify";

/**
 * The route of Cloudflare Turnstile that a server calls. The secret in the body identifies the
 * caller.
 */
export function turnstileRoutes(desk: Desk, sleep: Sleep): Hono {
  const app = new Hono();
  app.post(SITEVERIFY, async (c) => {
    const fields = await readFields(c.req.raw);
    const answer = await desk.run((state, nowMs) =>
      serveUnderFaults(state.faults, "turnstile", () =>
        fields === undefined
          ? refused("bad-request", 400)
          : siteverify(fields, state.redeemed, nowMs),
      ),
    );
    if (answer.delayMs !== undefined) await sleep(answer.delayMs, c.req.raw.signal);
    return toResponse(answer, new Headers());
  });
  app.all(SITEVERIFY, (c) => c.json({ error: "method_not_allowed" }, 405, { Allow: "POST" }));
  return app;
}

/** Reads a form of either kind or JSON. Returns undefined for any other body. */
async function readFields(request: Request): Promise<ReadonlyMap<string, string> | undefined> {
  const type = request.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  try {
    const entries =
      type === "application/json"
        ? Object.entries(await request.json<Record<string, unknown>>())
        : [...(await request.formData())];
    return new Map(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch {
    return undefined;
  }
}
