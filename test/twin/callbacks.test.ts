import { beforeEach, describe, expect, it } from "vitest";
import { signatureOf } from "../../src/twin/messaging/signature.ts";
import {
  TWIN_ACCOUNT_SID,
  TWIN_AUTH_TOKEN,
  TWIN_FROM,
  TWIN_MESSAGING_SERVICE_SID,
} from "../../src/twin/seed.ts";
import { createMessenger, HOOK, type Messenger } from "./messaging-caller.ts";

const NUMBER = "+12015550123";
let twin: Messenger;
beforeEach(() => {
  twin = createMessenger();
});

describe("status callbacks", () => {
  it("are signed forms: queued, sent, delivered", async () => {
    const sid = await twin.follow(NUMBER);
    expect(twin.statuses()).toEqual(["queued", "sent", "delivered"]);
    for (const { url, method, headers, form } of twin.callbacks) {
      expect([url, method]).toEqual([HOOK, "POST"]);
      expect(headers.get("Content-Type")).toMatch(/^application\/x-www-form-urlencoded/);
      expect(form).toEqual({
        MessageSid: sid,
        SmsSid: sid,
        MessageStatus: form.SmsStatus,
        SmsStatus: form.MessageStatus,
        To: NUMBER,
        From: TWIN_FROM,
        AccountSid: TWIN_ACCOUNT_SID,
        ApiVersion: "2010-04-01",
      });
      const signature = await signatureOf(TWIN_AUTH_TOKEN, HOOK, form);
      expect(headers.get("X-Twilio-Signature")).toBe(signature);
    }
  });

  it("name the messaging service and the sender that it chose", async () => {
    await twin.follow(NUMBER, { From: "", MessagingServiceSid: TWIN_MESSAGING_SERVICE_SID });
    expect(twin.callbacks.map(({ form }) => form)).toMatchObject(
      ["queued", "sent", "delivered"].map((status) => ({
        MessageStatus: status,
        MessagingServiceSid: TWIN_MESSAGING_SERVICE_SID,
        From: TWIN_FROM,
      })),
    );
  });
});

it("the signature equals the example in Twilio's documentation", async () => {
  const url = "https://mycompany.com/myapp.php?foo=1&bar=2";
  const parameters = {
    To: "+18005551212",
    CallSid: "CA1234567890ABCDE",
    From: "+14158675309",
    Caller: "+14158675309",
    Digits: "1234",
  };
  expect(await signatureOf("12345", url, parameters)).toBe("RSOYDt4T1cUTdK1PDd93/VVr8B8=");
});

describe("a callback", () => {
  it.each([
    "http://127.0.0.1:8787/hook",
    "http://127.8.9.10/",
    "http://localhost:8787/hook?a=1&b=%2B2",
    "https://localhost/",
    "http://[::1]:8787/hook",
    "http://127.1/hook",
  ])("is sent to %s", async (url) => {
    await twin.follow(NUMBER, { StatusCallback: url });
    expect(twin.statuses()).toHaveLength(3);
    expect(await callbacks()).toMatchObject(
      ["delivered", "sent", "queued"].map((message_status) => ({
        message_status,
        url,
        outcome: "answered",
        http_status: 204,
      })),
    );
    const { headers, form } = twin.callbacks[0] ?? { headers: new Headers(), form: {} };
    const signature = await signatureOf(TWIN_AUTH_TOKEN, url, form);
    expect(headers.get("X-Twilio-Signature")).toBe(signature);
  });

  it.each([
    ["http://127.0.0.1:8787/hook?a=1", "without", "http://127.0.0.1/hook?a=1"],
    ["http://127.0.0.1:8787/hook", "with", "http://127.0.0.1:8787/hook"],
    ["https://localhost/hook", "with", "https://localhost:443/hook"],
    ["http://[::1]/hook", "with", "http://[::1]:80/hook"],
    ["https://localhost/hook", "without", "https://localhost/hook"],
  ])("to %s can be signed %s its port: %s", async (url, signed_port, signed) => {
    await twin.control("/twin/callbacks", { signed_port });
    await twin.follow(NUMBER, { StatusCallback: url });
    expect(twin.callbacks).toHaveLength(3);
    for (const { headers, form } of twin.callbacks)
      expect(headers.get("X-Twilio-Signature")).toBe(
        await signatureOf(TWIN_AUTH_TOKEN, signed, form),
      );
  });

  it.each([
    "https://example.com/hook",
    "http://127.0.0.1.example.com/",
    "http://localhost.example.com/",
    "http://localhost@example.com/",
    "http://127.0.0.1:80@example.com/",
    "http://0.0.0.0:8787/",
    "http://192.168.0.1/",
    "http://[::ffff:7f00:1]/",
    "http://[::2]/",
  ])("is never sent to %s, and is recorded as not called", async (url) => {
    const sid = await twin.follow(NUMBER, { StatusCallback: url });
    expect(twin.callbacks).toEqual([]);
    expect(await callbacks()).toMatchObject(
      [1, 2, 3].map(() => ({ message_sid: sid, url, outcome: "not_called", http_status: null })),
    );
    expect((await twin.message(sid)).body.status).toBe("delivered");
  });

  it("follows no redirect", async () => {
    let init: RequestInit | undefined;
    const callbackFetch: typeof fetch = (_, given) => {
      init = given;
      return Promise.resolve(Response.redirect("https://example.com/", 307));
    };
    twin = createMessenger({ callbackFetch });
    await twin.follow(NUMBER);
    expect(init?.redirect).toBe("manual");
    expect((await callbacks())[0]).toMatchObject({ outcome: "answered", http_status: 307 });
  });

  it.each([
    [
      "an error",
      () => new Response("no", { status: 500 }),
      { outcome: "answered", http_status: 500 },
    ],
    ["a broken connection", () => Promise.reject(new TypeError("refused")), { outcome: "failed" }],
  ])("that gets %s is not retried, and the next one is sent", async (_, answer, record) => {
    twin = createMessenger({}, answer);
    const sid = await twin.follow(NUMBER);
    expect(twin.statuses()).toEqual(["queued", "sent", "delivered"]);
    expect(await callbacks()).toMatchObject([record, record, record]);
    expect((await twin.message(sid)).body.status).toBe("delivered");
  });

  it("is sent after the answer, in the given background", async () => {
    const works: Promise<unknown>[] = [];
    const paused = Promise.withResolvers<void>();
    const background = (work: Promise<unknown>) => void works.push(work);
    twin = createMessenger({ background, sleep: () => paused.promise });
    expect((await twin.send(NUMBER, { StatusCallback: HOOK })).status).toBe(201);
    expect(works).toHaveLength(1);
    expect(twin.callbacks).toEqual([]);
    paused.resolve();
    await Promise.all(works);
    expect(twin.statuses()).toHaveLength(3);
  });

  it("holds no lock: its receiver may call the twin and send again", async () => {
    let again = true;
    const answer = async () => {
      expect((await twin.control("/twin/ready")).status).toBe(200);
      if (again) {
        again = false;
        expect((await twin.send("+12015550124", { StatusCallback: HOOK })).status).toBe(201);
      }
      return new Response(null, { status: 204 });
    };
    twin = createMessenger({}, answer);
    await twin.follow(NUMBER);
    expect(twin.statuses().toSorted()).toEqual(
      ["delivered", "queued", "sent"].flatMap((status) => [status, status]),
    );
    expect((await callbacks()).map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 6 }, () => "answered"),
    );
  });

  it("is not sent any more after a reset", async () => {
    const answer = async () => {
      await twin.control("/twin/reset", {});
      return new Response(null, { status: 204 });
    };
    twin = createMessenger({}, answer);
    await twin.control("/twin/callbacks", { repeat: 3, reorder: true });
    await twin.follow(NUMBER);
    expect(twin.statuses()).toEqual(["delivered"]);
  });
});

describe("the rule of the callbacks", () => {
  const lever = (body: object) => twin.control("/twin/callbacks", body);

  it("repeats each callback", async () => {
    await lever({ repeat: 2 });
    await twin.follow(NUMBER);
    const expected = ["queued", "queued", "sent", "sent", "delivered", "delivered"];
    expect(twin.statuses()).toEqual(expected);
  });

  it("reverses their order", async () => {
    await lever({ reorder: true });
    await twin.follow(NUMBER);
    expect(twin.statuses()).toEqual(["delivered", "sent", "queued"]);
  });

  it("delays them until the message has its last status", async () => {
    const paused = Promise.withResolvers<void>();
    const sleep = (ms: number) => (ms === 60_000 ? paused.promise : Promise.resolve());
    twin = createMessenger({ sleep });
    await lever({ delay_ms: 60_000 });
    const { body } = await twin.send(NUMBER, { StatusCallback: HOOK });
    while ((await twin.message(body.sid)).body.status !== "delivered") await Promise.resolve();
    expect(twin.callbacks).toEqual([]);
    paused.resolve();
    await twin.twin.settled();
    expect(twin.statuses()).toEqual(["queued", "sent", "delivered"]);
  });

  it("drops them, and the status still changes", async () => {
    await lever({ drop: true });
    const sid = await twin.follow(NUMBER);
    expect(twin.callbacks).toEqual([]);
    expect((await twin.message(sid)).body.status).toBe("delivered");
    const outcomes = (await callbacks()).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(["dropped", "dropped", "dropped"]);
  });

  it("applies until it is set again or the state is reset", async () => {
    const plain = { delay_ms: 0, repeat: 1, reorder: false, drop: false, signed_port: "as_given" };
    expect((await twin.control("/twin/callbacks")).body).toEqual({ ...plain, callbacks: [] });
    expect((await lever({ repeat: 5 })).body).toMatchObject({ ...plain, repeat: 5 });
    expect((await lever({ drop: true })).body).toMatchObject({ ...plain, drop: true });
    await twin.control("/twin/reset", {});
    expect((await twin.control("/twin/callbacks")).body).toMatchObject(plain);
    await lever({ repeat: 5 });
    expect((await lever({})).body).toMatchObject(plain);
  });

  it.each([
    [{ delay_ms: -1 }, "delay_ms"],
    [{ delay_ms: 60_001 }, "delay_ms"],
    [{ delay_ms: 1.5 }, "delay_ms"],
    [{ repeat: 0 }, "repeat"],
    [{ repeat: 6 }, "repeat"],
    [{ reorder: "yes" }, "reorder"],
    [{ drop: 1 }, "drop"],
    [{ delay: 5 }, "delay"],
  ])("refuses %j and names the field", async (body, field) => {
    const refused = await lever(body);
    expect(refused).toMatchObject({ status: 400, body: { error: "invalid_request", field } });
    expect((await twin.control("/twin/callbacks")).body.repeat).toBe(1);
  });
});

async function callbacks(): Promise<Record<string, unknown>[]> {
  const { body } = await twin.control("/twin/callbacks");
  return body.callbacks as Record<string, unknown>[];
}
