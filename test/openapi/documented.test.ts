import { describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { operations } from "../../src/openapi/document.ts";
import { Problem, problemDocument, problemTypes, type ProblemCode } from "../../src/problem.ts";
import { undocumented } from "../helpers/documented.ts";
import { workerOrigin } from "../helpers/world.ts";

const requestId = "2e5bfea9-f52b-40e2-8eb5-b632ddc96ee1";
const common = { "X-Request-Id": requestId };

describe("the document", () => {
  it("has every route of the Worker and its files, and no other route", () => {
    const app = createApp({ fetch, now: () => 0 });
    const routes = app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, "{}")}`);
    const documented = operations
      .filter(({ asset }) => asset !== true)
      .map(({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, "{}")}`);
    expect(documented.toSorted()).toEqual([...new Set(routes)].toSorted());
  });
});

interface AnswerInit {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function answer(body: unknown, init: AnswerInit = {}): Response {
  const headers = { "Content-Type": init.type ?? "application/json", ...common, ...init.headers };
  return new Response(body === undefined ? null : JSON.stringify(body), { ...init, headers });
}

function problemAnswer(
  code: ProblemCode,
  members: object = {},
  headers: Record<string, string> = {},
): Response {
  const document = { ...problemDocument(new Problem(code), workerOrigin, requestId), ...members };
  const init = { status: problemTypes[code].status, headers: { ...headers } };
  return answer(document, { ...init, type: "application/problem+json" });
}

const found = (method: string, path: string, response: Response) =>
  undocumented(new Request(workerOrigin + path, { method }), response);
const check = "/v1/verifications/vrf_x/check";
const wrongCode = { attempts_remaining: 4, verification_status: "pending" };

const health = { ok: true, problems: [], version: "1.2.3", commit: "unknown" };

describe("the check of every answer", () => {
  it.each([
    ["GET", "/healthz", answer(health)],
    ["HEAD", "/healthz", answer(undefined)],
    ["POST", check, problemAnswer("wrong_code", wrongCode)],
    ["GET", "/nothing", problemAnswer("not_found")],
    ["PUT", "/healthz", problemAnswer("method_not_allowed", {}, { Allow: "GET" })],
    ["OPTIONS", check, new Response(null, { status: 204 })],
    ["DELETE", "/v1/verifications/vrf_x", new Response(null, { status: 204, headers: common })],
  ])("finds nothing in %s %s as it is documented", async (method, path, response) => {
    expect(await found(method, path, response)).toEqual([]);
  });

  it.each([
    ["a status", "GET", "/healthz", answer({}, { status: 202 }), "the status"],
    ["a type", "GET", "/healthz", answer({}, { type: "text/plain" }), "the type text/plain"],
    ["a field", "GET", "/healthz", answer({ ...health, more: 1 }), "#"],
    ["a missing field", "GET", "/healthz", answer({ ok: true }), "#"],
    [
      "a code of a known status",
      "POST",
      check,
      problemAnswer("idempotency_key_reused"),
      "the code idempotency_key_reused",
    ],
    [
      "a code of another status",
      "GET",
      "/healthz",
      problemAnswer("proof_used"),
      "with the code proof_used",
    ],
    ["a problem without its member", "POST", check, problemAnswer("wrong_code"), "#"],
    [
      "a member of another code",
      "POST",
      check,
      problemAnswer("verification_used", { policy: "x" }),
      "#",
    ],
    ["a missing header", "POST", check, problemAnswer("rate_limited"), "Retry-After"],
    [
      "a header that is wrong",
      "POST",
      check,
      problemAnswer("rate_limited", {}, { "Retry-After": "soon" }),
      "the header Retry-After",
    ],
    [
      "a header",
      "GET",
      "/healthz",
      answer({ ok: true, problems: [] }, { headers: { Location: "/" } }),
      "the header Location",
    ],
    [
      "a problem without a route",
      "GET",
      "/nothing",
      problemAnswer("wrong_code", wrongCode),
      "the code wrong_code",
    ],
    ["what is no problem, of no route", "GET", "/nothing", answer({ ok: true }), "not a problem"],
    ["an unexpected body", "DELETE", "/v1/verifications/vrf_x", answer({ ok: true }), "the status"],
  ])("finds %s that is not documented: %s %s", async (_, method, path, response, part) => {
    expect((await found(method, path, response)).join("\n")).toContain(part);
  });

  it("names the route and the code", async () => {
    expect(await found("POST", check, problemAnswer("idempotency_key_reused"))).toEqual([
      "checkVerification (POST /v1/verifications/{id}/check) answers 422: the code idempotency_key_reused is not in the document",
    ]);
  });
});
