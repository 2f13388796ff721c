import type { Context } from "hono";
import { Problem } from "../problem.ts";
import { readUpload } from "./json-body.ts";

/** Reads a form-encoded body. Throws `unsupported_media_type` and `payload_too_large`. */
export async function readFormBody(c: Context): Promise<URLSearchParams> {
  const { headers, body } = c.req.raw;
  const type = headers.get("Content-Type") ?? "";
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type) || headers.has("Content-Encoding"))
    throw new Problem("unsupported_media_type", "The body must be form-encoded.");
  const bytes = await readUpload(body);
  return new URLSearchParams(new TextDecoder().decode(bytes));
}
