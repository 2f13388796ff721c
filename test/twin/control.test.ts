import { beforeEach, describe, expect, it } from "vitest";
import { freshState, type TwinState } from "../../src/twin/state.ts";
import { createCaller, NOON_MS, SEEDED } from "./caller.ts";
import { createMessenger, type Messenger } from "./messaging-caller.ts";

const A = "+12015550101";
const B = "+12015550102";
let twin: Messenger;
beforeEach(() => {
  twin = createMessenger();
});

describe("the inbox", () => {
  it("lists the sent messages, newest first, with the documented fields", async () => {
    const { body } = await twin.start(A);
    await twin.start(B, { Channel: "whatsapp" });
    await twin.advance(61);
    await twin.start(A, { Channel: "call" });
    const all = await twin.inbox();
    expect(all.map(({ to, channel }) => [to, channel])).toEqual([
      [A, "call"],
      [B, "whatsapp"],
      [A, "sms"],
    ]);
    expect(all[2]).toEqual({
      to: A,
      from: "+12015550190",
      channel: "sms",
      body: expect.stringContaining(String(all[2]?.code)),
      code: expect.stringMatching(/^\d{6}$/),
      at: "2026-06-01T12:00:00.000Z",
      verification_sid: body.sid,
    });
    expect(all[0]?.at).toBe("2026-06-01T12:01:01.000Z");
  });

  it("reads a leading space as a plus, and lists only the requested number", async () => {
    await twin.start(A);
    await twin.start(B);
    for (const query of [`to=${A}`, `to=%20${A.slice(1)}`, `to=${encodeURIComponent(A)}`]) {
      const response = await twin.twin.fetch(`http://127.0.0.1:8788/inbox.json?${query}`);
      expect(await response.json()).toMatchObject([{ to: A }]);
    }
    expect(await twin.inbox("+12015550103")).toEqual([]);
  });

  it("keeps the last thousand messages", async () => {
    for (let n = 0; n < 1005; n++) await twin.start(`+1201556${String(1000 + n)}`);
    const all = await twin.inbox();
    expect(all).toHaveLength(1000);
    expect(all[0]?.to).toBe("+12015562004");
  });
});

describe("the clock", () => {
  it("can be advanced, and returns its time", async () => {
    const advanced = await twin.control("/twin/clock", { advance_seconds: 90 });
    const clock = { now: "2026-06-01T12:01:30.000Z", advanced_seconds: 90 };
    expect(advanced).toMatchObject({ status: 200, body: clock });
    expect((await twin.control("/twin/clock")).body).toEqual(clock);
    await twin.advance(10);
    expect((await twin.control("/twin/clock")).body).toMatchObject({ advanced_seconds: 100 });
    expect((await twin.start(A)).body.date_created).toBe("2026-06-01T12:01:40Z");
  });

  it.each([
    [{}, "advance_seconds"],
    [{ advance_seconds: 0 }, "advance_seconds"],
    [{ advance_seconds: -5 }, "advance_seconds"],
    [{ advance_seconds: 1.5 }, "advance_seconds"],
    [{ advance_seconds: "60" }, "advance_seconds"],
    [{ advance_seconds: 1e12 }, "advance_seconds"],
    [{ advance_seconds: 60, hours: 1 }, "hours"],
  ])("refuses %j and names the field", async (body, field) => {
    const refused = await twin.control("/twin/clock", body);
    expect(refused).toMatchObject({ status: 400, body: { error: "invalid_request", field } });
    expect((await twin.control("/twin/clock")).body.advanced_seconds).toBe(0);
  });

  it("refuses a body that is not JSON", async () => {
    const init = { method: "POST", body: "advance_seconds=60" };
    const response = await twin.twin.fetch("http://127.0.0.1:8788/twin/clock", init);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ message: "The body is not JSON" });
  });

  it("never advances beyond the range of a date", async () => {
    const tenYears = 10 * 366 * 24 * 60 * 60;
    expect((await twin.control("/twin/clock", { advance_seconds: tenYears })).status).toBe(200);
    const again = await twin.control("/twin/clock", { advance_seconds: tenYears });
    expect(again).toMatchObject({ status: 400, body: { field: "advance_seconds" } });
  });
});

describe("the reset", () => {
  it("deletes everything except the seeded services, and resets the clock", async () => {
    await twin.start(A);
    const code = await twin.codeOf(A);
    await twin.api("POST", "/v2/Services", { FriendlyName: "Other" });
    await twin.api("POST", SEEDED, { FriendlyName: "Renamed" });
    await twin.advance(30);
    await twin.control("/twin/faults", { count: 5 });
    const reset = await twin.control("/twin/reset", {});
    const clock = { now: "2026-06-01T12:00:00.000Z", advanced_seconds: 0 };
    expect(reset).toMatchObject({ status: 200, body: clock });
    expect(await twin.inbox()).toEqual([]);
    expect((await twin.check(A, code)).status).toBe(404);
    const { body } = await twin.api("GET", "/v2/Services");
    expect(body.services).toMatchObject(
      Array.from({ length: 4 }, () => ({ friendly_name: "Phonegate" })),
    );
    expect((await twin.start(A)).status).toBe(201);
  });

  it("restores a deleted seeded service", async () => {
    await twin.api("DELETE", SEEDED);
    expect((await twin.start(A)).status).toBe(404);
    const empty = await twin.twin.fetch("http://127.0.0.1:8788/twin/reset", { method: "POST" });
    expect(empty.status).toBe(200);
    expect((await twin.start(A)).status).toBe(201);
  });

  it("refuses unknown fields", async () => {
    const refused = await twin.control("/twin/reset", { hard: true });
    expect(refused).toMatchObject({ status: 400, body: { field: "hard" } });
  });
});

it("/twin/ready reports that the twin is ready, and its time", async () => {
  const ready = { ready: true, now: "2026-06-01T12:00:00.000Z", advanced_seconds: 0 };
  expect(await twin.control("/twin/ready")).toMatchObject({ status: 200, body: ready });
});

it("an unknown path is 404", async () => {
  expect((await twin.control("/twin/nothing")).status).toBe(404);
});

it("a control path is 405 for another method, with the allowed methods", async () => {
  const response = await twin.twin.fetch("http://127.0.0.1:8788/twin/reset");
  expect(response.status).toBe(405);
  expect(response.headers.get("Allow")).toBe("POST");
});

describe("a page of another origin", () => {
  const reset = (url: string, headers: Record<string, string>) =>
    twin.twin.fetch(url, { method: "POST", headers }).then(({ status }) => status);
  const OWN = "http://127.0.0.1:8788/twin/reset";

  it.each([
    [{ Origin: "https://evil.example" }],
    [{ Origin: "http://127.0.0.1:8787" }],
    [{ Origin: "null" }],
    [{ "Sec-Fetch-Site": "cross-site" }],
    [{ "Sec-Fetch-Site": "same-site" }],
  ])("is refused with 403: %j", async (headers) => {
    await twin.start(A);
    expect(await reset(OWN, headers)).toBe(403);
    expect(await twin.inbox()).toHaveLength(1);
  });

  it("is refused on reads and API calls too", async () => {
    const headers = { Origin: "https://evil.example" };
    for (const path of ["/inbox.json", "/events", "/twin/ready", SEEDED]) {
      const response = await twin.twin.fetch(`http://127.0.0.1:8788${path}`, { headers });
      expect(response.status).toBe(403);
    }
  });

  it.each([
    [OWN, { Origin: "http://127.0.0.1:8788", "Sec-Fetch-Site": "same-origin" }],
    ["http://localhost:8788/twin/reset", { Origin: "http://localhost:8788" }],
    ["http://[::1]:8788/twin/reset", { Origin: "http://[::1]:8788" }],
    [OWN, { "Sec-Fetch-Site": "none" }],
    [OWN, {}],
  ])("is not detected in: %s %j", async (url, headers: Record<string, string>) => {
    expect(await reset(url, headers)).toBe(200);
  });
});

describe("live events", () => {
  async function listen(query = "") {
    const response = await twin.twin.fetch(`http://127.0.0.1:8788/events${query}`);
    expect(response.headers.get("Content-Type")).toBe("text/event-stream");
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    const read = async () => decoder.decode((await reader?.read())?.value);
    expect(await read()).toBe("retry: 1000\n\n");
    return { read, close: () => reader?.cancel() };
  }

  it("contain every text in the inbox's format", async () => {
    const { read, close } = await listen();
    await twin.start(A);
    const [entry] = await twin.inbox(A);
    expect(await read()).toBe(`event: text\ndata: ${JSON.stringify(entry)}\n\n`);
    await close();
  });

  it("contain only the requested number's texts, with a leading space read as a plus", async () => {
    const { read, close } = await listen(`?to=${B}`);
    await twin.start(A);
    await twin.start(B);
    expect(await read()).toContain(`"to":"${B}"`);
    await close();
  });

  it("report the clock, added and used faults, and a reset", async () => {
    const { read, close } = await listen();
    await twin.advance(60);
    expect(await read()).toBe("event: clock\ndata: {}\n\n");
    await twin.control("/twin/faults", { count: 1 });
    expect(await read()).toBe("event: faults\ndata: {}\n\n");
    await twin.start(A);
    expect(await read()).toBe("event: faults\ndata: {}\n\n");
    await twin.control("/twin/reset", {});
    expect(await read()).toBe("event: clock\ndata: {}\n\n");
    expect(await read()).toBe("event: reset\ndata: {}\n\n");
    await close();
  });

  it("report each status of a message, and a STOP", async () => {
    const { read, close } = await listen(`?to=${A}`);
    await twin.send(B);
    await twin.twin.settled();
    const { body } = await twin.send(A);
    expect(await read()).toContain("event: text");
    await twin.twin.settled();
    for (const status of ["queued", "sent", "delivered"]) {
      const data = { to: A, message_sid: body.sid, status, error_code: null };
      expect(await read()).toBe(`event: status\ndata: ${JSON.stringify(data)}\n\n`);
    }
    await twin.control("/twin/opt-out", { number: B });
    expect(await read()).toBe("event: opt-outs\ndata: {}\n\n");
    await close();
  });

  it("continue for other listeners when one stops", async () => {
    const first = await listen();
    const second = await listen();
    await first.close();
    await twin.start(A);
    expect(await second.read()).toContain("event: text");
    await second.close();
  });
});

describe("the store", () => {
  function copyingStore() {
    let saved: string | undefined;
    const load = (): Promise<TwinState | undefined> => {
      const state: TwinState | undefined = saved === undefined ? undefined : JSON.parse(saved);
      return Promise.resolve(state);
    };
    const save = (state: TwinState) => {
      saved = JSON.stringify(state);
      return Promise.resolve();
    };
    return { load, save, size: () => saved?.length ?? 0 };
  }

  it("stores the whole state as JSON, so that another twin can continue", async () => {
    const store = copyingStore();
    const first = createCaller({ store });
    await first.start(A);
    await first.advance(30);
    await first.control("/twin/faults", { count: 2, status: 503 });
    const second = createCaller({ store });
    expect((await second.start(A)).status).toBe(503);
    expect((await first.start(A)).status).toBe(503);
    const code = await second.codeOf(A);
    expect((await second.check(A, code)).body.valid).toBe(true);
    expect((await second.control("/twin/clock")).body.advanced_seconds).toBe(30);
  });

  it("serves twenty parallel sends in sequence with a slow store", async () => {
    const store = copyingStore();
    const aMoment = () => new Promise((done) => setTimeout(done, 1));
    const slow = {
      load: async () => {
        const state = await store.load();
        await aMoment();
        return state;
      },
      save: (state: TwinState) => aMoment().then(() => store.save(state)),
    };
    const caller = createCaller({ store: slow });
    const answers = await Promise.all(Array.from({ length: 20 }, () => caller.start(A)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
  });

  it("drops verifications after a day and keeps at most five thousand", async () => {
    const store = copyingStore();
    const caller = createCaller({ store });
    const small = await caller.control("/twin/ready").then(() => store.size());
    await caller.start(A);
    expect(store.size()).toBeGreaterThan(small);
    await caller.advance(24 * 60 * 60 + 1);
    await caller.twin.fetch("http://127.0.0.1:8788/twin/ready");
    const state = await store.load();
    expect(state?.verifications).toEqual([]);
    const full = { ...freshState(NOON_MS), delivered: 0 };
    await caller.control("/twin/reset", {});
    await caller.start(A);
    const [one] = (await store.load())?.verifications ?? [];
    if (!one) throw new Error("nothing was started");
    full.verifications = Array.from({ length: 6000 }, () => one);
    await store.save(full);
    await caller.control("/twin/ready");
    expect((await store.load())?.verifications).toHaveLength(5000);
  });

  it("drops messages after a day, and keeps at most a thousand messages and callbacks", async () => {
    const store = copyingStore();
    const caller = createMessenger({ store });
    await caller.follow(A);
    const [message, [record]] = await store.load().then((state) => {
      return [state?.messages[0], state?.callbacks ?? []] as const;
    });
    if (!message || !record) throw new Error("nothing was sent");
    await caller.advance(24 * 60 * 60 + 1);
    await caller.control("/twin/ready");
    expect((await store.load())?.messages).toEqual([]);
    const messages = Array.from({ length: 1200 }, () => message);
    const callbacks = Array.from({ length: 1200 }, () => record);
    await store.save({ ...freshState(NOON_MS), messages, callbacks });
    await caller.control("/twin/ready");
    const state = await store.load();
    expect([state?.messages.length, state?.callbacks.length]).toEqual([1000, 1000]);
  });

  it("that fails once makes only that call a 500", async () => {
    const store = copyingStore();
    let fails = true;
    const save = (state: TwinState) => {
      if (!fails) return store.save(state);
      fails = false;
      return Promise.reject(new Error("disk full"));
    };
    const caller = createCaller({ store: { load: store.load, save } });
    expect((await caller.start(A)).status).toBe(500);
    expect((await caller.start(A)).status).toBe(201);
  });
});
