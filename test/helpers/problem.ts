import { expect } from "vitest";
import { workerOrigin } from "./world.ts";

/** Returns a problem document after checking the members that every problem has. */
export async function problem(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  const document = await response.json<Record<string, unknown>>();
  expect(document).toMatchObject({
    type: `${workerOrigin}/problems/${String(document.code)}`,
    status: response.status,
    title: expect.any(String),
    detail: expect.any(String),
    request_id: response.headers.get("X-Request-Id"),
  });
  return document;
}
