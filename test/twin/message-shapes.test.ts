import { beforeEach, expect, it } from "vitest";
import { TWIN_MESSAGING_SERVICE_SID } from "../../src/twin/seed.ts";
// The examples in Twilio's OpenAPI description (twilio/twilio-oai, MIT).
import examples from "./fixtures/messages-examples.json";
import { createMessenger, MESSAGES, type Messenger } from "./messaging-caller.ts";
import { shapeLike } from "./shape.ts";

const NUMBER = "+12015550123";
let twin: Messenger;
beforeEach(() => {
  twin = createMessenger();
});

/** Compares the keys and the types. A null on either side matches every type. */
function expectShape(body: object, example: object): void {
  expect(shapeLike(body, example)).toEqual(shapeLike(example, body));
}

it("a created message has the shape of Twilio's example", async () => {
  const { body } = await twin.send(NUMBER, { Body: "Hello! 👍" });
  const example = examples.created;
  expectShape(body, example);
  const { body: text, status, num_media, num_segments, direction, error_code } = example;
  expect(body).toMatchObject({ body: text, status, num_media, num_segments, direction });
  expect(body).toMatchObject({ error_code, price: example.price, price_unit: example.price_unit });
});

it("a message of a service has the same shape, and no sender yet", async () => {
  const service = { From: "", MessagingServiceSid: TWIN_MESSAGING_SERVICE_SID };
  const { body } = await twin.send(NUMBER, service);
  expectShape(body, examples["created-by-service"]);
  expect(body.from).toBe(examples["created-by-service"].from);
  expect(body.messaging_service_sid).toBe(examples["created-by-service"].messaging_service_sid);
});

it("a fetched message has the shape of Twilio's example, delivered or not", async () => {
  for (const number of [NUMBER, "+12015550195"]) {
    const { body } = await twin.message(await twin.follow(number));
    expectShape(body, examples.fetched);
  }
  const { body } = await twin.message(await twin.follow("+12015550195"));
  const { error_code, error_message } = examples.fetched;
  expect(body).toMatchObject({ error_code, error_message });
});

it("lists have the shape of Twilio's examples, also empty ones", async () => {
  const empty = await twin.api("GET", `${MESSAGES}?PageSize=25`);
  expectShape(empty.body, examples["empty-list"]);
  for (let n = 0; n < 3; n++) await twin.follow(NUMBER);
  const query = `To=${encodeURIComponent(NUMBER)}&PageSize=2`;
  const { body } = await twin.api("GET", `${MESSAGES}?${query}`);
  const { messages, ...page } = body;
  const { messages: shown, ...example } = examples.list;
  expectShape(page, example);
  expect([body.start, body.end, body.page, body.page_size]).toEqual([0, 1, 0, 2]);
  expectShape((messages as object[])[0] ?? {}, shown[0] ?? {});
});
