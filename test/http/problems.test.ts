import { describe, expect, it } from "vitest";
import { Problem, problemDocument, problemTypes, type ProblemCode } from "../../src/problem.ts";
import { createWorld, workerOrigin } from "../helpers/world.ts";

const codes = Object.keys(problemTypes) as ProblemCode[];

/** The problem's status in the contract. */
const contract: Record<ProblemCode, number> = {
  invalid_request: 400,
  invalid_phone_number: 422,
  unsupported_country: 422,
  unsupported_number_type: 422,
  lever_matches_nothing: 422,
  channel_unavailable: 422,
  wrong_code: 422,
  verification_not_found: 404,
  not_found: 404,
  verification_expired: 410,
  verification_used: 410,
  verification_canceled: 410,
  verification_exhausted: 410,
  idempotency_key_reused: 422,
  invalid_signature: 403,
  captcha_required: 403,
  captcha_failed: 403,
  invalid_token: 401,
  invalid_service_key: 401,
  subject_not_found: 404,
  session_not_found: 404,
  insufficient_user_authentication: 401,
  insufficient_scope: 403,
  proof_used: 410,
  proof_expired: 410,
  send_budget_exhausted: 503,
  store_unavailable: 503,
  rate_limited: 429,
  origin_not_allowed: 403,
  not_allowed: 403,
  purpose_not_enabled: 403,
  provider_unavailable: 503,
  provider_rejected: 422,
  provider_bad_response: 502,
  not_configured: 503,
  unsupported_media_type: 415,
  payload_too_large: 413,
  headers_too_large: 431,
  method_not_allowed: 405,
  internal_error: 500,
};

describe("a problem document", () => {
  it("has the members of RFC 9457, its code and its request id, as application/problem+json", async () => {
    const world = await createWorld();
    const response = await world.send("/nothing");
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(await response.json()).toEqual({
      type: `${workerOrigin}/problems/not_found`,
      title: "This path does not exist",
      status: 404,
      detail: "This path does not exist",
      code: "not_found",
      request_id: response.headers.get("X-Request-Id"),
    });
  });

  it("links to the issuer if one is set, for every host of the request", async () => {
    const issuer = "https://auth.example.com";
    const world = await createWorld({
      env: { ISSUER: issuer, TWILIO_BASE_URL: "", ALLOWED_COUNTRIES: "US" },
    });
    const response = await world.send("https://evil.example/nothing");
    expect(await response.json()).toMatchObject({ type: `${issuer}/problems/not_found` });
  });

  it("repeats nothing of the path", async () => {
    const world = await createWorld();
    const response = await world.send("/Marker7Q?to=%2B12015550123");
    expect(await response.text()).not.toMatch(/Marker7Q|2015550123/);
    expect(world.lines.join("\n")).not.toMatch(/Marker7Q|2015550123/);
  });
});

describe("the type of a problem", () => {
  it.each(codes)("%s has the contract's status, and its page explains the cure", async (code) => {
    expect(problemTypes[code].status).toBe(contract[code]);
    const document = problemDocument(new Problem(code), workerOrigin, "id");
    const { type } = document as { type: string };
    const world = await createWorld();
    const response = await world.send(type);
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=UTF-8");
    const page = await response.text();
    expect(page).toContain(`<code>${code}</code>`);
    expect(page).toContain(`HTTP ${problemTypes[code].status}`);
    expect(page.replaceAll(/<\/?code>/g, "`").replaceAll("&#39;", "'")).toContain(
      problemTypes[code].cure,
    );
  });

  it.each(codes)("%s has a page that works under a policy that allows nothing", async (code) => {
    const world = await createWorld();
    const response = await world.send(`/problems/${code}`);
    expect(response.headers.get("Content-Security-Policy")).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    );
    expect(await response.text()).not.toMatch(
      /<(script|style|link|img|iframe|form|object)|\s(on\w+|style|src)=/i,
    );
  });

  it.each([
    "nothing",
    "NOT_FOUND",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "not_found%00",
    "%3Cscript%3E",
  ])("%s has no page", async (code) => {
    const world = await createWorld();
    const response = await world.send(`/problems/${code}`);
    expect(response.status).toBe(404);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: "not_found" });
    expect(text).not.toContain("script");
  });
});
