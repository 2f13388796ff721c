import { beforeEach, describe, expect, it } from "vitest";
import { FAILURE_NUMBERS } from "../../src/twin/failure-numbers.ts";
import { TWIN_FROM } from "../../src/twin/seed.ts";
import { createMessenger, HOOK, MESSAGES, type Messenger } from "./messaging-caller.ts";

let twin: Messenger;
beforeEach(() => {
  twin = createMessenger();
});

const sendRaw = (to: string) =>
  twin.raw("POST", MESSAGES, { To: to, From: TWIN_FROM, Body: "Hi 4242" });
const special = (product: string) => FAILURE_NUMBERS.filter((entry) => entry.product === product);

it("each number names the product for which it is special", () => {
  for (const { product, at } of FAILURE_NUMBERS) {
    const products = { start: "verify", check: "verify", message: "messaging", lookup: "lookup" };
    expect(product).toBe(products[at]);
  }
  expect(special("messaging").length).toBeGreaterThan(10);
});

it("the numbers are listed with the error code of the answer or of the callback", async () => {
  const response = await twin.twin.fetch("http://127.0.0.1:8788/twin/numbers.json");
  const listed = await response.json<Record<string, unknown>[]>();
  const find = (number: string) => listed.find((entry) => entry.number === number);
  expect(find("+12015550180")).toMatchObject({ product: "messaging", code: 21610, status: 400 });
  expect(find("+12015550189")).toMatchObject({ at: "message", code: 30003, status: null });
  expect(find("+12015550196")).toMatchObject({ code: null, status: null });
});

it("a number that is special for Verify accepts a message, and vice versa", async () => {
  for (const { number } of special("verify")) {
    await twin.follow(number);
    expect(twin.statuses().splice(-3)).toEqual(["queued", "sent", "delivered"]);
    expect((await twin.inbox(number))[0]?.code).toBe("424242");
  }
  for (const { number } of special("messaging")) {
    expect((await twin.start(number)).status).toBe(201);
    const code = await twin.codeOf(number);
    expect((await twin.check(number, code)).body.valid).toBe(true);
  }
});

it.each([
  ["+12015550180", 400, 21610],
  ["+12015550181", 429, 21611],
  ["+12015550182", 400, 21408],
  ["+12015550183", 400, 21614],
  ["+12015550184", 400, 21612],
  ["+12015550185", 500, 20500],
])("%s is refused with %i / %i, and nothing is sent", async (to, status, code) => {
  const refused = await twin.send(to, { StatusCallback: HOOK });
  expect(refused).toMatchObject({ status, body: { code, status } });
  await twin.twin.settled();
  expect(twin.callbacks).toEqual([]);
  expect(await twin.inbox(to)).toEqual([]);
});

describe("is sent, but", () => {
  it("the slow number's answer takes more than ten seconds", async () => {
    const to = "+12015550186";
    expect((await twin.send(to)).status).toBe(201);
    expect(twin.delays).toContain(12_000);
    expect(await twin.inbox(to)).toHaveLength(1);
  });

  it("the truncated number's answer is incomplete JSON", async () => {
    const response = await sendRaw("+12015550187");
    expect(response.status).toBe(201);
    await expect(response.json()).rejects.toThrow(SyntaxError);
    expect(await twin.inbox("+12015550187")).toHaveLength(1);
  });

  it("the reset number's answer breaks after the headers", async () => {
    const response = await sendRaw("+12015550188");
    expect(response.status).toBe(201);
    await expect(response.text()).rejects.toThrow();
    expect(await twin.inbox("+12015550188")).toHaveLength(1);
  });
});

describe("is accepted, and then", () => {
  it.each([
    ["+12015550189", ["queued", "sent", "undelivered"], "30003"],
    ["+12015550194", ["queued", "sent", "undelivered"], "30006"],
    ["+12015550195", ["queued", "failed"], "30007"],
  ])("%s is %j with %s, and no text arrives", async (to, statuses, code) => {
    const sid = await twin.follow(to);
    expect(twin.statuses()).toEqual(statuses);
    expect(twin.callbacks.map(({ form }) => form.ErrorCode)).toEqual([
      ...statuses.slice(1).map(() => undefined),
      code,
    ]);
    const { body } = await twin.message(sid);
    expect(body).toMatchObject({ status: statuses.at(-1), error_code: Number(code) });
    expect(typeof body.error_message).toBe("string");
    expect(await twin.inbox(to)).toEqual([]);
  });

  it("the unruly number's message is delivered, with callbacks late, twice and the last one first", async () => {
    const to = "+12015550196";
    await twin.follow(to);
    const expected = ["delivered", "delivered", "sent", "sent", "queued", "queued"];
    expect(twin.statuses()).toEqual(expected);
    expect(twin.delays).toContain(3000);
    expect(await twin.inbox(to)).toHaveLength(1);
  });
});
