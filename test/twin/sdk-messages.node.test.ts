import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import twilio from "twilio";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  TWIN_ACCOUNT_SID,
  TWIN_API_KEY_SECRET,
  TWIN_API_KEY_SID,
  TWIN_AUTH_TOKEN,
  TWIN_FROM,
  TWIN_MESSAGING_SERVICE_SID,
} from "../../src/twin/seed.ts";
import { createCaller, type Caller } from "./caller.ts";
import { listen, LoopbackClient } from "./sdk-loopback.ts";

const NUMBER = "+12015550123";
let twin: Caller;
let listener: Awaited<ReturnType<typeof listen>>;
beforeEach(async () => {
  twin = createCaller();
  listener = await listen(twin.twin);
});
afterEach(() => listener.close());

function sdk(user = TWIN_ACCOUNT_SID, password = TWIN_AUTH_TOKEN) {
  const httpClient = new LoopbackClient(listener.origin);
  return twilio(user, password, { accountSid: TWIN_ACCOUNT_SID, httpClient });
}

describe("the official twilio SDK", () => {
  it("creates and fetches a message", async () => {
    const body = "482913 is your Bank code.";
    const created = await sdk().messages.create({ to: NUMBER, from: TWIN_FROM, body });
    expect(created).toMatchObject({ to: NUMBER, from: TWIN_FROM, body, status: "queued" });
    expect(created).toMatchObject({ numSegments: "1", errorCode: null });
    expect(created.dateCreated).toEqual(new Date("2026-06-01T12:00:00Z"));
    await twin.twin.settled();
    const fetched = await sdk().messages(created.sid).fetch();
    expect(fetched).toMatchObject({ sid: created.sid, status: "delivered" });
    expect(fetched.dateSent).toEqual(new Date("2026-06-01T12:00:00Z"));
    expect(await twin.inbox(NUMBER)).toMatchObject([{ message_sid: created.sid, code: "482913" }]);
  });

  it("sends through a messaging service, with every parameter that the Worker uses", async () => {
    const created = await sdk().messages.create({
      to: NUMBER,
      messagingServiceSid: TWIN_MESSAGING_SERVICE_SID,
      body: "482913",
      validityPeriod: 600,
      provideFeedback: true,
      riskCheck: "disable",
      maxPrice: 0.05,
    });
    expect(created).toMatchObject({ status: "accepted", from: null });
    expect(created.messagingServiceSid).toBe(TWIN_MESSAGING_SERVICE_SID);
  });

  it("follows the pages of a list to its end", async () => {
    const { messages } = sdk();
    for (let n = 0; n < 5; n++) {
      await messages.create({ to: NUMBER, from: TWIN_FROM, body: `Text ${n}` });
    }
    await messages.create({ to: "+12015550124", from: TWIN_FROM, body: "For somebody else" });
    const all = await messages.list({ to: NUMBER, pageSize: 2 });
    expect(all.map(({ body }) => body)).toEqual([4, 3, 2, 1, 0].map((n) => `Text ${n}`));
    expect(await messages.list({ limit: 3 })).toHaveLength(3);
  });

  it("gives feedback", async () => {
    const { messages } = sdk();
    const { sid } = await messages.create({ to: NUMBER, from: TWIN_FROM, body: "482913" });
    const feedback = await messages(sid).feedback.create({ outcome: "confirmed" });
    expect(feedback).toMatchObject({ messageSid: sid, outcome: "confirmed" });
    expect(feedback.dateCreated).toEqual(new Date("2026-06-01T12:00:00Z"));
  });

  it.each([
    ["a bad number", "12", 400, 21211],
    ["somebody who opted out", "+12015550180", 400, 21610],
    ["a full queue", "+12015550181", 429, 21611],
    ["a forbidden country", "+12015550182", 400, 21408],
  ])("throws a RestException for %s", async (_, to, status, code) => {
    const thrown = sdk().messages.create({ to, from: TWIN_FROM, body: "Hi" });
    await expect(thrown).rejects.toBeInstanceOf(twilio.RestException);
    const moreInfo = `https://www.twilio.com/docs/errors/${code}`;
    await expect(thrown).rejects.toMatchObject({ status, code, moreInfo });
  });

  it("works with an API key, but not with another account's path", async () => {
    const message = { to: NUMBER, from: TWIN_FROM, body: "Hi" };
    const key = sdk(TWIN_API_KEY_SID, TWIN_API_KEY_SECRET);
    expect((await key.messages.create(message)).accountSid).toBe(TWIN_ACCOUNT_SID);
    const httpClient = new LoopbackClient(listener.origin);
    const accountSid = `AC${"b".repeat(32)}`;
    const other = twilio(TWIN_API_KEY_SID, TWIN_API_KEY_SECRET, { accountSid, httpClient });
    const refused = other.messages.create(message);
    await expect(refused).rejects.toMatchObject({ status: 401, code: 20003 });
  });

  it("accepts the signature of every callback, over a real socket", async () => {
    const accepted: boolean[] = [];
    const answer = async (request: IncomingMessage, response: ServerResponse) => {
      const url = `http://${request.headers.host}${request.url}`;
      const signature = String(request.headers["x-twilio-signature"]);
      const parameters = Object.fromEntries(new URLSearchParams(await text(request)));
      const changed = { ...parameters, MessageStatus: "read" };
      accepted.push(twilio.validateRequest(TWIN_AUTH_TOKEN, signature, url, parameters));
      accepted.push(!twilio.validateRequest(TWIN_AUTH_TOKEN, signature, url, changed));
      response.writeHead(204).end();
    };
    const server = createServer((request, response) => void answer(request, response));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const statusCallback = `http://127.0.0.1:${port}/hook?id=a%20b&c=%2B`;
    const { messages } = sdk();
    await messages.create({ to: NUMBER, from: TWIN_FROM, body: "482913 ä", statusCallback });
    await twin.twin.settled();
    server.close();
    expect(accepted).toEqual(Array.from({ length: 6 }, () => true));
  });
});
