import { beforeEach, describe, expect, it } from "vitest";
import {
  TWIN_ACCOUNT_SID,
  TWIN_API_KEY_SECRET,
  TWIN_API_KEY_SID,
  TWIN_AUTH_TOKEN,
  TWIN_FROM,
  TWIN_MESSAGING_SERVICE_SID,
} from "../../src/twin/seed.ts";
import { basic } from "./caller.ts";
import { ACCOUNT, createMessenger, MESSAGES, type Messenger } from "./messaging-caller.ts";

const NUMBER = "+12015550123";
const SERVICE = { From: "", MessagingServiceSid: TWIN_MESSAGING_SERVICE_SID };
let twin: Messenger;
beforeEach(() => {
  twin = createMessenger();
});

describe("a message", () => {
  it("is queued, and arrives on the phone with its code", async () => {
    const sent = await twin.send(NUMBER, { Body: "482913 is your Bank code." });
    expect(sent).toMatchObject({ status: 201, body: { status: "queued", to: NUMBER } });
    expect(sent.body).toMatchObject({
      from: TWIN_FROM,
      messaging_service_sid: null,
      date_created: "Mon, 01 Jun 2026 12:00:00 +0000",
      uri: `${ACCOUNT}/Messages/${String(sent.body.sid)}.json`,
    });
    expect(await twin.inbox(NUMBER)).toEqual([
      {
        to: NUMBER,
        from: TWIN_FROM,
        channel: "sms",
        body: "482913 is your Bank code.",
        code: "482913",
        at: "2026-06-01T12:00:00.000Z",
        message_sid: sent.body.sid,
      },
    ]);
  });

  it("becomes delivered without a callback URL, at the twin's time", async () => {
    const { body } = await twin.send(NUMBER);
    await twin.advance(90);
    await twin.twin.settled();
    const fetched = await twin.message(body.sid);
    expect(fetched).toMatchObject({ status: 200, body: { status: "delivered", error_code: null } });
    expect(fetched.body).toMatchObject({ price: "-0.00750", price_unit: "USD" });
    expect(String(fetched.body.date_updated)).toMatch(/^Mon, 01 Jun 2026 12:0[01]:[03]0 \+0000$/);
  });

  it("has each status in turn", async () => {
    const seen: unknown[] = [];
    const statusNow = async () => {
      const { body } = await twin.api("GET", MESSAGES);
      return (body.messages as { status: string }[])[0]?.status;
    };
    twin = createMessenger({ sleep: async () => void seen.push(await statusNow()) });
    await twin.send(NUMBER);
    await twin.twin.settled();
    expect([...seen, await statusNow()]).toEqual(["queued", "queued", "sent", "delivered"]);
  });

  it("of a messaging service is accepted, and gets its sender and segments later", async () => {
    const { status, body } = await twin.send(NUMBER, { ...SERVICE, Body: "a".repeat(161) });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: "accepted", from: null, num_segments: "0" });
    await twin.twin.settled();
    const later = await twin.message(body.sid);
    expect(later.body).toMatchObject({ status: "delivered", from: TWIN_FROM, num_segments: "2" });
    expect((await twin.inbox(NUMBER))[0]?.from).toBe(TWIN_FROM);
  });

  it.each(["+447700900123", "12345", "Phonegate", "My Bank 24"])(
    "may come from %s",
    async (from) => {
      const { status, body } = await twin.send(NUMBER, { From: from });
      expect([status, body.from]).toEqual([201, from]);
      expect((await twin.inbox(NUMBER))[0]?.from).toBe(from);
    },
  );

  it("may come from any messaging service and from its sender", async () => {
    const MessagingServiceSid = `MG${"0123456789ABCDEF".repeat(2)}`;
    const { status, body } = await twin.send(NUMBER, { MessagingServiceSid });
    expect(status).toBe(201);
    const expected = { messaging_service_sid: MessagingServiceSid, from: TWIN_FROM };
    expect(body).toMatchObject({ ...expected, status: "accepted" });
  });

  it("accepts parameters that the twin ignores", async () => {
    const more = { MaxPrice: "0.05", RiskCheck: "disable", ProvideFeedback: "true" };
    expect((await twin.send(NUMBER, { ...more, ValidityPeriod: 600 })).status).toBe(201);
    for (const ValidityPeriod of [1, 36_000]) {
      expect((await twin.send(NUMBER, { ValidityPeriod })).status).toBe(201);
    }
    expect((await twin.send(NUMBER, { Body: "a".repeat(1600) })).body.num_segments).toBe("11");
  });
});

describe("a message is refused", () => {
  it.each([
    [{ To: "" }, 400, 21604],
    [{ From: "" }, 400, 21603],
    [{ Body: "" }, 400, 21602],
    [{ Body: "a".repeat(1601) }, 400, 21617],
    [{ To: "12015550123" }, 400, 21211],
    [{ To: "+1201" }, 400, 21211],
    [{ To: "whatsapp:+12015550123" }, 400, 21211],
    [{ From: "+1" }, 400, 21212],
    [{ From: "123456789" }, 400, 21212],
    [{ From: "twelve chars" }, 400, 21212],
    [{ From: "Bänk" }, 400, 21212],
    [{ MessagingServiceSid: "MG123" }, 400, 21701],
    [{ StatusCallback: "hook" }, 400, 21609],
    [{ StatusCallback: "ftp://127.0.0.1/" }, 400, 21609],
    [{ StatusCallback: "http://a_b.example/" }, 400, 21609],
    [{ StatusCallback: `http://127.0.0.1/${"a".repeat(4000)}` }, 400, 21609],
    [{ ValidityPeriod: 0 }, 400, 21624],
    [{ ValidityPeriod: 36_001 }, 400, 21624],
    [{ ValidityPeriod: -1 }, 400, 21624],
    [{ ValidityPeriod: 1.5 }, 400, 21624],
    [{ ValidityPeriod: "" }, 400, 21624],
    [{ ValidityPeriod: "soon" }, 400, 21624],
    // Twilio's magic test numbers.
    [{ From: "+15005550001" }, 400, 21212],
    [{ From: "+15005550007" }, 400, 21606],
    [{ From: "+15005550008" }, 429, 21611],
    [{ To: "+15005550001" }, 400, 21211],
    [{ To: "+15005550002" }, 400, 21612],
    [{ To: "+15005550003" }, 400, 21408],
    [{ To: "+15005550004" }, 400, 21610],
    [{ To: "+15005550009" }, 400, 21614],
  ])("%j with %i / %i, and nothing is sent", async (form, status, code) => {
    const refused = await twin.send(NUMBER, form);
    const more_info = `https://www.twilio.com/docs/errors/${code}`;
    expect(refused).toMatchObject({ status, body: { code, status, more_info } });
    await twin.twin.settled();
    expect(await twin.inbox()).toEqual([]);
    expect((await twin.api("GET", MESSAGES)).body.messages).toEqual([]);
  });

  it("with a message that quotes the number, as Twilio does", async () => {
    const { body } = await twin.send("+15005550009");
    expect(body.message).toContain("+15005550009");
  });

  it("but not from the magic number that works", async () => {
    expect((await twin.send(NUMBER, { From: "+15005550006" })).status).toBe(201);
  });
});

describe("opting out", () => {
  const optOut = (body: object) => twin.control("/twin/opt-out", body);

  it("refuses every later message to the number with 21610, until it opts in", async () => {
    expect(await optOut({ number: NUMBER })).toMatchObject({
      status: 200,
      body: { opted_out: [NUMBER] },
    });
    await optOut({ number: NUMBER, opted_out: true });
    expect((await twin.control("/twin/opt-out")).body).toEqual({ opted_out: [NUMBER] });
    const refused = await twin.send(NUMBER);
    expect(refused).toMatchObject({ status: 400, body: { code: 21610 } });
    expect((await twin.send("+12015550124")).status).toBe(201);
    expect(await twin.inbox(NUMBER)).toEqual([]);
    await optOut({ number: NUMBER, opted_out: false });
    expect((await twin.send(NUMBER)).status).toBe(201);
  });

  it("does not affect Verify, and ends with a reset", async () => {
    await optOut({ number: NUMBER });
    expect((await twin.start(NUMBER)).status).toBe(201);
    await twin.control("/twin/reset", {});
    expect((await twin.send(NUMBER)).status).toBe(201);
  });

  it.each([
    [{}, "number"],
    [{ number: "12015550123" }, "number"],
    [{ number: NUMBER, opted_out: "yes" }, "opted_out"],
    [{ number: NUMBER, stop: true }, "stop"],
  ])("refuses %j and names the field", async (body, field) => {
    const refused = await optOut(body);
    expect(refused).toMatchObject({ status: 400, body: { error: "invalid_request", field } });
  });
});

describe("the list", () => {
  it("is newest first, in pages, and can be filtered by number or sender", async () => {
    const sids: unknown[] = [];
    for (let n = 0; n < 3; n++) sids.unshift((await twin.send(NUMBER)).body.sid);
    await twin.send("+12015550124", { From: "Bank" });
    const list = async (query: string) => {
      const { body } = await twin.api("GET", `${MESSAGES}?${query}`);
      return { ...body, sids: (body.messages as { sid: string }[]).map(({ sid }) => sid) };
    };
    const to = `To=${encodeURIComponent(NUMBER)}`;
    expect((await list(to)).sids).toEqual(sids);
    expect((await list("From=Bank")).sids).toHaveLength(1);
    const first: Record<string, unknown> = await list(`${to}&PageSize=2`);
    expect(first).toMatchObject({ sids: sids.slice(0, 2), previous_page_uri: null });
    const second = await twin.api("GET", String(first.next_page_uri));
    expect(second.body).toMatchObject({ messages: [{ sid: sids[2] }], next_page_uri: null });
    expect(second.body.previous_page_uri).toBe(first.uri);
  });
});

describe("feedback", () => {
  const report = (sid: unknown, form: Record<string, unknown>) =>
    twin.api("POST", `${ACCOUNT}/Messages/${String(sid)}/Feedback.json`, form);
  const reported = async () => {
    const response = await twin.twin.fetch("http://127.0.0.1:8788/twin/feedback.json");
    return response.json<Record<string, unknown>[]>();
  };

  it("is 201, is listed, and is replaced by the next feedback", async () => {
    const { body } = await twin.send(NUMBER, { ProvideFeedback: "true" });
    const first = await report(body.sid, { Outcome: "unconfirmed" });
    expect(first.status).toBe(201);
    expect(first.body).toEqual({
      account_sid: TWIN_ACCOUNT_SID,
      date_created: "Mon, 01 Jun 2026 12:00:00 +0000",
      date_updated: "Mon, 01 Jun 2026 12:00:00 +0000",
      message_sid: body.sid,
      outcome: "unconfirmed",
      uri: `${ACCOUNT}/Messages/${String(body.sid)}/Feedback.json`,
    });
    await twin.advance(60);
    const second = await report(body.sid, { Outcome: "confirmed" });
    expect(second.body).toMatchObject({ outcome: "confirmed" });
    expect(second.body.date_updated).toBe("Mon, 01 Jun 2026 12:01:00 +0000");
    expect(second.body.date_created).toBe("Mon, 01 Jun 2026 12:00:00 +0000");
    const at = "2026-06-01T12:01:00.000Z";
    const entry = { message_sid: body.sid, to: NUMBER, outcome: "confirmed", at };
    expect(await reported()).toEqual([{ ...entry, provide_feedback: true }]);
  });

  it("is not listed before it is sent, and shows whether the message requested it", async () => {
    const { body } = await twin.send(NUMBER);
    expect(await reported()).toEqual([]);
    expect((await report(body.sid, {})).body.outcome).toBe("confirmed");
    expect(await reported()).toMatchObject([{ provide_feedback: false }]);
  });

  it("is 400 for an unknown outcome, and 404 for an unknown message", async () => {
    const { body } = await twin.send(NUMBER);
    expect((await report(body.sid, { Outcome: "lost" })).status).toBe(400);
    const missing = await report(`SM${"0".repeat(32)}`, { Outcome: "confirmed" });
    expect(missing).toMatchObject({ status: 404, body: { code: 20404 } });
    expect(await reported()).toEqual([]);
  });
});

describe("every messaging call", () => {
  const SOMEBODY = `AC${"b".repeat(32)}`;

  it("is 401 / 20003 without the right credentials, and under another account's path", async () => {
    expect((await twin.twin.fetch(`https://api.twilio.com${MESSAGES}`)).status).toBe(401);
    const form = { To: NUMBER, From: TWIN_FROM, Body: "Hi" };
    const foreign = await twin.api("POST", MESSAGES.replace(TWIN_ACCOUNT_SID, SOMEBODY), form);
    expect(foreign).toMatchObject({ status: 401, body: { code: 20003 } });
    expect(foreign.headers.get("WWW-Authenticate")).toBe('Basic realm="Twilio API"');
    expect(await twin.inbox()).toEqual([]);
  });

  it("passes with an API key only under its account's path", async () => {
    const headers = { Authorization: basic(TWIN_API_KEY_SID, TWIN_API_KEY_SECRET) };
    const get = (path: string) => twin.twin.fetch(`https://api.twilio.com${path}`, { headers });
    expect((await get(MESSAGES)).status).toBe(200);
    expect((await get(MESSAGES.replace(TWIN_ACCOUNT_SID, SOMEBODY))).status).toBe(401);
    const key = await get(MESSAGES.replace(TWIN_ACCOUNT_SID, TWIN_API_KEY_SID));
    expect(key.status).toBe(404);
  });

  it("is 404 / 20404 for an unknown resource, and 405 / 20004 with an unknown method", async () => {
    const paths = [`Messages/SM${"0".repeat(32)}.json`, "Messages", "Calls.json"];
    for (const path of paths) {
      const missing = await twin.api("GET", `${ACCOUNT}/${path}`);
      expect(missing).toMatchObject({ status: 404, body: { code: 20404 } });
      const message = `The requested resource ${ACCOUNT}/${path} was not found`;
      expect(missing.body.message).toBe(message);
    }
    const method = await twin.api("DELETE", MESSAGES);
    expect(method).toMatchObject({ status: 405, body: { code: 20004 } });
  });

  it("is affected only by faults of its product", async () => {
    await twin.control("/twin/faults", { product: "verify", count: 1 });
    expect((await twin.send(NUMBER)).status).toBe(201);
    await twin.control("/twin/faults", { product: "messaging", count: 1, status: 503 });
    await twin.control("/twin/faults", {
      product: "messaging",
      count: 1,
      status: 502,
      processed: true,
    });
    expect(await twin.send(NUMBER)).toMatchObject({ status: 503, body: { code: 20503 } });
    expect(await twin.inbox()).toHaveLength(1);
    expect((await twin.send(NUMBER)).status).toBe(502);
    expect(await twin.inbox()).toHaveLength(2);
    const auth = { Authorization: basic(TWIN_ACCOUNT_SID, TWIN_AUTH_TOKEN) };
    await twin.control("/twin/faults", { product: "messaging", count: 1, body: "truncated" });
    const broken = await twin.twin.fetch(`https://api.twilio.com${MESSAGES}`, { headers: auth });
    await expect(broken.json()).rejects.toThrow(SyntaxError);
  });
});
