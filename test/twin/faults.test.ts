import { beforeEach, describe, expect, it } from "vitest";
import { TWIN_ACCOUNT_SID, TWIN_AUTH_TOKEN } from "../../src/twin/seed.ts";
import { sleep } from "../../src/twin/travel.ts";
import { basic, createCaller, SEEDED, type Caller } from "./caller.ts";

const NUMBER = "+12015550123";
let twin: Caller;
beforeEach(() => {
  twin = createCaller();
});

const fault = (body: object) => twin.control("/twin/faults", body);
const startRaw = () => twin.raw("POST", `${SEEDED}/Verifications`, { To: NUMBER, Channel: "sms" });

it("a fault fails the requested number of calls", async () => {
  await fault({ count: 2, status: 503 });
  for (let n = 0; n < 2; n++) {
    const failed = await twin.start(NUMBER);
    expect(failed).toMatchObject({ status: 503, body: { code: 20503, status: 503 } });
  }
  expect((await twin.start(NUMBER)).status).toBe(201);
  expect(await twin.inbox()).toHaveLength(1);
});

it("a fault without details is a 500", async () => {
  await fault({ count: 1 });
  expect(await twin.start(NUMBER)).toMatchObject({ status: 500, body: { code: 20500 } });
});

it("a fault with a code has Twilio's status, unless it names another", async () => {
  await fault({ count: 1, code: 60203 });
  await fault({ count: 1, code: 60202, status: 404 });
  await fault({ count: 1, code: 61234 });
  expect(await twin.start(NUMBER)).toMatchObject({ status: 429, body: { code: 60203 } });
  const second = await twin.start(NUMBER);
  expect(second).toMatchObject({ status: 404, body: { code: 60202, status: 404 } });
  expect(await twin.start(NUMBER)).toMatchObject({ status: 400, body: { code: 61234 } });
});

it("a fault can answer 401 as Twilio does, to test rotated credentials", async () => {
  await fault({ count: 1, status: 401 });
  const refused = await twin.start(NUMBER);
  expect(refused).toMatchObject({ status: 401, body: { code: 20003 } });
});

it("a fault can answer an empty success", async () => {
  await fault({ count: 1, status: 200 });
  expect(await twin.start(NUMBER)).toMatchObject({ status: 200, body: {} });
  await fault({ count: 1, status: 204 });
  expect((await startRaw()).status).toBe(204);
  await fault({ count: 1, status: 204, body: "truncated" });
  expect((await startRaw()).status).toBe(200);
});

it("a fault affects only its product", async () => {
  await fault({ product: "messaging", count: 1 });
  await fault({ product: "lookup", count: 1 });
  expect((await twin.start(NUMBER)).status).toBe(201);
  await fault({ product: "verify", count: 1 });
  expect((await twin.start(NUMBER)).status).toBe(500);
});

it("a fault with processed carries the call out and loses the answer", async () => {
  await fault({ count: 1, status: 502, processed: true });
  expect(await twin.start(NUMBER)).toMatchObject({ status: 502, body: { code: 20502 } });
  const code = await twin.codeOf(NUMBER);
  await fault({ count: 1, processed: true });
  expect((await twin.check(NUMBER, code)).status).toBe(500);
  expect((await twin.check(NUMBER, code)).status).toBe(404);
});

it("a fault affects neither control calls nor calls with wrong credentials", async () => {
  await fault({ count: 1 });
  expect((await twin.control("/twin/ready")).status).toBe(200);
  expect((await twin.twin.fetch(`https://verify.twilio.com${SEEDED}`)).status).toBe(401);
  expect((await twin.start(NUMBER)).status).toBe(500);
});

describe("a delay", () => {
  it("without other fields only makes the call late", async () => {
    await fault({ count: 1, delay_ms: 700 });
    expect((await twin.start(NUMBER)).status).toBe(201);
    expect(twin.delays).toEqual([700]);
  });

  it("applies before an error too", async () => {
    await fault({ count: 1, delay_ms: 700, status: 500 });
    await fault({ count: 1, delay_ms: 800, processed: false });
    for (let n = 0; n < 2; n++) expect((await twin.start(NUMBER)).status).toBe(500);
    expect(twin.delays).toEqual([700, 800]);
    expect(await twin.inbox()).toEqual([]);
  });

  it("ends when the caller aborts, and the work is still done", async () => {
    const real = createCaller({ sleep });
    await real.control("/twin/faults", { count: 1, delay_ms: 60_000 });
    const controller = new AbortController();
    const answer = real.twin.fetch(`https://verify.twilio.com${SEEDED}/Verifications`, {
      method: "POST",
      headers: { Authorization: basic(TWIN_ACCOUNT_SID, TWIN_AUTH_TOKEN) },
      body: new URLSearchParams({ To: NUMBER, Channel: "sms" }),
      signal: controller.signal,
    });
    while ((await real.inbox()).length === 0) await Promise.resolve();
    controller.abort(new Error("the caller gave up"));
    await expect(answer).rejects.toThrow("the caller gave up");
  });
});

describe("a broken body", () => {
  it.each([
    ["not processed", undefined, 200, 0],
    ["processed", true, 201, 1],
  ])("truncated, %s", async (_, processed, status, texts) => {
    await fault({ count: 1, body: "truncated", ...(processed ? { processed } : {}) });
    const response = await startRaw();
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(text).not.toBe("");
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    expect(await twin.inbox()).toHaveLength(texts);
  });

  it.each([
    [undefined, 200],
    [502, 502],
  ])("html with status %s", async (asked, status) => {
    await fault({ count: 1, body: "html", ...(asked ? { status: asked } : {}) });
    const response = await startRaw();
    expect(response.status).toBe(status);
    expect(response.headers.get("Content-Type")).toBe("text/html");
    expect(await response.text()).toMatch(/^<!doctype html>/);
  });

  it("reset: the headers arrive, the body rejects", async () => {
    await fault({ count: 1, body: "reset", processed: true });
    const response = await startRaw();
    expect(response.status).toBe(201);
    await expect(response.text()).rejects.toThrow();
    expect(await twin.inbox()).toHaveLength(1);
  });
});

describe("the control routes", () => {
  it("list the remaining faults and clear them", async () => {
    await fault({ count: 3, status: 503 });
    await twin.start(NUMBER);
    expect((await twin.control("/twin/faults")).body).toEqual({
      faults: [{ count: 2, status: 503 }],
    });
    const url = "http://127.0.0.1:8788/twin/faults";
    expect((await twin.twin.fetch(url, { method: "DELETE" })).status).toBe(204);
    expect((await twin.start(NUMBER)).status).toBe(201);
  });

  it.each([
    [{}, "count"],
    [{ count: 0 }, "count"],
    [{ count: 1.5 }, "count"],
    [{ count: "1" }, "count"],
    [{ count: 1, produkt: "verify" }, "produkt"],
    [{ count: 1, product: "voice" }, "product"],
    [{ count: 1, status: 99 }, "status"],
    [{ count: 1, code: 1 }, "code"],
    [{ count: 1, delay_ms: -1 }, "delay_ms"],
    [{ count: 1, delay_ms: 999_999 }, "delay_ms"],
    [{ count: 1, body: "pdf" }, "body"],
    [{ count: 1, processed: "yes" }, "processed"],
  ])("refuse %j and name the field", async (body, field) => {
    const refused = await fault(body);
    expect(refused).toMatchObject({ status: 400, body: { error: "invalid_request", field } });
    expect((await twin.start(NUMBER)).status).toBe(201);
  });
});
