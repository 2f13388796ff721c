import { abortAllDurableObjects } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { heldWorld, type HeldWorld } from "./helpers/arrivals.ts";
import { holdTimers } from "./helpers/held-timers.ts";
import { asBackend, bankKey, createBackendWorld, startAs } from "./helpers/backend.ts";
import {
  engines,
  from,
  inParallel,
  judgementsAskedFor,
  kindOf,
  tally,
  textsAskedFor,
} from "./helpers/racing.ts";
import { signIn } from "./helpers/session.ts";
import { createWorld, start, wrong, type World } from "./helpers/world.ts";

/** One conversation with Twilio at a time for a number and a Verify service. */

const to = "+12015550123";
const path = "/v1/verifications";
const second = 1000;
const minute = 60 * second;
const transfer = {
  to,
  purpose: "transaction",
  subject: "user-42",
  amr: ["pwd"],
  transaction: { payee: "ACME Ltd", amount: "10.00 EUR" },
};

const checkOf = (world: World, id: string, code: string, index = 0) =>
  world.post(`${path}/${id}/check`, { code }, from(index));

const startIn = (
  { world }: HeldWorld,
  locale: string,
  headers: Record<string, string>,
  more: Record<string, unknown> = {},
) => world.post(path, { to, locale, ...more }, headers);

/** A start that is in flight at Twilio, and the requests that wait behind it, in this order. */
async function behind(held: HeldWorld, requests: readonly (() => Promise<Response>)[]) {
  held.hold();
  const { answer: first } = await held.arrives(() => startIn(held, "de", from(0)));
  await held.untilAsked(1);
  const waiting: Promise<Response>[] = [];
  for (const request of requests) waiting.push((await held.arrives(request)).answer);
  return { first, waiting };
}

describe("starts for one number", () => {
  it("are sent one at a time, in the order of their arrival", async () => {
    const held = await heldWorld();
    const locales = ["fr", "it", "es"];
    const requests = locales.map((locale, index) => () => startIn(held, locale, from(index + 1)));
    const { first, waiting } = await behind(held, requests);
    held.release();
    const answers = await Promise.all([first, ...waiting]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(held.state.asked).toEqual(["de", "fr", "it", "es"]);
    expect(held.state.most).toBe(1);
  });

  it("a hundred in parallel: at most the window's sends leave, and the others get 429", async () => {
    const held = await heldWorld({ LIMIT_SEND_PER_PHONE: "3/10m" });
    const answers = await inParallel(100, (index) => held.world.post(path, { to }, from(index)));
    expect(await tally(answers)).toEqual({ "201": 3, "429 rate_limited": 97 });
    expect(textsAskedFor(held.world)).toHaveLength(3);
    expect(held.state.most).toBe(1);
  });

  it("that fill the strangers' places delay a known device only by the conversation in progress", async () => {
    const held = await heldWorld();
    const session = await signIn(held.world, to);
    held.world.clock.nowMs += 10 * minute;
    held.state.asked.length = 0;
    const strangers = ["fr", "it", "es"].map(
      (locale, index) => () => startIn(held, locale, from(index + 1)),
    );
    const known = () => startIn(held, "nl", from(9), { device_tokens: [session.device_token] });
    const { first, waiting } = await behind(held, [...strangers, known]);
    const turnedAway = await held.arrives(() => startIn(held, "sv", from(10)));
    expect((await turnedAway.answer).status).toBe(429);
    held.release();
    const answers = await Promise.all([first, ...waiting]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    expect(held.state.asked).toEqual(["de", "nl", "fr", "it", "es"]);
  });

  it("are refused at 5 s while Twilio hangs, and count only for their address", async () => {
    const limits = {
      LIMIT_SEND_PER_PHONE: "2/10m",
      LIMIT_SEND_TOTAL: "3/1d",
      LIMIT_SEND_PER_IP: "1/1h",
    };
    const held = await heldWorld(limits);
    const timers = holdTimers();
    const { first, waiting } = await behind(held, [
      () => startIn(held, "fr", from(1)),
      () => startIn(held, "it", from(2)),
    ]);
    await timers.untilSet(5000, waiting.length);
    timers.expire(5000);
    for (const answer of await Promise.all(waiting)) {
      expect(await kindOf(answer.clone())).toBe("429 rate_limited");
      expect(answer.headers.get("Retry-After")).toBe("5");
      expect(answer.headers.get("RateLimit")).toBeNull();
    }
    held.release();
    expect((await first).status).toBe(201);
    // The address was counted. The number's window and the day have the room that was given back.
    const again = await startIn(held, "fr", from(1));
    expect(again.headers.get("RateLimit")).not.toBeNull();
    expect((await startIn(held, "fr", from(3))).status).toBe(201);
    const elsewhere = await held.world.post(path, { to: "+12015550124" }, from(4));
    expect(elsewhere.status).toBe(201);
    expect(held.state.asked).toEqual(["de", "fr", "sms"]);
  });

  it("that wait in an object which is aborted get 503, and nothing is sent", async () => {
    const held = await heldWorld();
    const timers = holdTimers();
    const { device_token } = await signIn(held.world, to);
    held.world.clock.nowMs += 10 * minute;
    held.state.asked.length = 0;
    const bank = (subject: string) => () => startIn(held, "pl", asBackend(bankKey), { subject });
    const known = (index: number) => () =>
      startIn(held, "nl", from(index), { device_tokens: [device_token] });
    const { first, waiting } = await behind(held, [
      ...[1, 2, 3].map((index) => () => startIn(held, "fr", from(index))),
      ...["ann", "bob", "eve"].map(bank),
      ...[8, 9].map(known),
    ]);
    await timers.untilSet(5000, waiting.length);
    await abortAllDurableObjects();
    expect(await tally(await Promise.all(waiting))).toEqual({ "503 store_unavailable": 8 });
    held.release();
    expect((await first).status).toBe(201);
    expect(held.state.asked).toEqual(["de"]);
  });
});

describe.each(engines)("engine $engine: checks of one code", ({ engine, env }) => {
  it("a hundred right codes in parallel: one session, and no answer says that a code was wrong", async () => {
    const world = await createWorld({ env });
    const { id, code } = await start(world, to);
    const answers = await inParallel(100, (index) => checkOf(world, id, code, index));
    const { "200": sessions, ...refusals } = await tally(answers);
    expect(sessions).toBe(1);
    const allowed = engine === "verify" ? ["429 rate_limited"] : [];
    for (const kind of Object.keys(refusals))
      expect(["410 verification_used", ...allowed]).toContain(kind);
    expect(judgementsAskedFor(world)).toHaveLength(engine === "verify" ? 1 : 0);
    expect(world.lines.join()).not.toContain("provider.error");
  });

  it("a hundred wrong codes in parallel, in several waves: five are judged", async () => {
    const world = await createWorld({ env });
    const { id, code } = await start(world, to);
    const counts: Record<string, number> = {};
    for (let wave = 0; wave < 3; wave += 1) {
      const answers = await inParallel(100, (index) => checkOf(world, id, wrong(code), index));
      for (const [kind, count] of Object.entries(await tally(answers)))
        counts[kind] = (counts[kind] ?? 0) + count;
    }
    expect(counts["422 wrong_code"]).toBe(4);
    if (engine === "verify") expect(judgementsAskedFor(world)).toHaveLength(5);
    expect(await kindOf(await checkOf(world, id, code))).toBe("410 verification_exhausted");
  });
});

describe("a DELETE while a send is in flight", () => {
  it("answers at once, and the code is canceled before the next send", async () => {
    const held = await heldWorld();
    const { world } = held;
    const { id, code } = await start(world, to);
    world.clock.nowMs += 31 * second;
    held.hold();
    const { answer: resent } = await held.arrives(() => world.post(`${path}/${id}/resend`, {}));
    await held.untilAsked(2);
    expect((await world.send(`${path}/${id}`, { method: "DELETE" })).status).toBe(204);
    expect(held.state.inFlight).toBe(1);
    held.release();
    await resent;
    expect(await kindOf(await checkOf(world, id, code))).toBe("410 verification_canceled");
    held.state.asked.length = 0;
    const next = await start(world, to, { locale: "fr" });
    expect(held.state.asked).toEqual(["canceled", "fr"]);
    expect(next.code).not.toBe(code);
    expect(await kindOf(await checkOf(world, next.id, next.code))).toBe("200");
  });
});

describe("a conversation whose every call is answered just before its time-out", () => {
  it("begins no call without time left for it, and ends before its lease", async () => {
    const calls: { name: string; atMs: number }[] = [];
    const fallback = { OTP_FALLBACK: "messaging", TWILIO_FROM: "+15005550006" };
    let isSlow = false;
    const world = await createBackendWorld(
      { LOOKUP: "on", ...fallback },
      {
        network: async (request, twin) => {
          const { url } = request;
          // Lookup's answer is not remembered, so the slow conversation asks it.
          if (!isSlow && url.includes("/PhoneNumbers/")) throw new TypeError("network");
          if (!isSlow) return twin(request);
          const isSend = /\/(Verifications|Messages\.json)$/.test(url);
          calls.push({
            name: new URL(url).pathname.split("/").at(-1) ?? "",
            atMs: world.clock.nowMs,
          });
          world.clock.nowMs += isSend ? 9_900 : 4_900;
          // Twilio Verify takes no requests, so the fallback would send a message.
          const refusal = { code: 20003, message: "", more_info: "", status: 401 };
          return isSend ? Response.json(refusal, { status: 401 }) : twin(request);
        },
      },
    );
    const stranger = await start(world, to);
    for (let guess = 0; guess < 5; guess += 1)
      await checkOf(world, stranger.id, wrong(stranger.code));
    isSlow = true;
    const beganMs = world.clock.nowMs;
    const body = { to, locale: "de", subject: "ann" };
    const answer = await world.post(path, body, asBackend(bankKey));
    expect(await kindOf(answer)).toBe("503 provider_unavailable");
    expect(calls.map(({ name }) => name)).toEqual([
      "%2B12015550123",
      expect.stringMatching(/^VE/),
      "Verifications",
    ]);
    for (const { atMs } of calls) expect(atMs).toBeLessThan(beganMs + 20 * second);
    isSlow = false;
    // Nothing was sent, so the window and the line are free again.
    expect((await world.post(path, body, asBackend(bankKey))).status).toBe(201);
  });
});

describe("a holder that dies", () => {
  it("during a send keeps the line until its lease ends: then the next start is admitted, and the late settlement changes nothing", async () => {
    const held = await heldWorld({ LIMIT_SEND_PER_PHONE: "2/10m" });
    const { world } = held;
    held.hold();
    const { answer: lost } = await held.arrives(() => startIn(held, "de", from(0)));
    await held.untilAsked(1);
    world.clock.nowMs += 31 * second;
    held.state.holds = false;
    const next = await start(world, to, { locale: "fr" });
    // The lost one counts as sent.
    expect(await kindOf(await world.post(path, { to }, from(2)))).toBe("429 rate_limited");
    held.release();
    expect((await lost).status).toBe(201);
    expect(await kindOf(await checkOf(world, next.id, next.code))).toBe("200");
  });

  it("during a check counts as one wrong code, and its late approval opens no session", async () => {
    const held = await heldWorld();
    const { world } = held;
    const { id, code } = await start(world, to);
    held.hold();
    const { answer: lost } = await held.arrives(() => checkOf(world, id, code));
    await held.untilAsked(2);
    world.clock.nowMs += 31 * second;
    const view = await world.send(`${path}/${id}`);
    expect(await view.json()).toMatchObject({ status: "pending", attempts_remaining: 4 });
    held.release();
    expect(await kindOf(await lost)).toBe("410 verification_canceled");
    const next = await start(world, to);
    expect(next.code).not.toBe(code);
    expect(await kindOf(await checkOf(world, next.id, next.code))).toBe("200");
  });
});

describe("an Idempotency-Key", () => {
  const key = { "Idempotency-Key": "0197b2f0-6a52-7c5e-9c33-0a1b2c3d4e5f" };

  it("whose first request is in flight takes no place, and its retry gets the same answer", async () => {
    const held = await heldWorld();
    held.hold();
    const { answer: first } = await held.arrives(() => startIn(held, "de", { ...from(0), ...key }));
    await held.untilAsked(1);
    const strangers: Promise<Response>[] = [];
    for (const index of [1, 2, 3])
      strangers.push((await held.arrives(() => startIn(held, "fr", from(index)))).answer);
    // All places of strangers are taken.
    const { answer: retry } = await held.arrives(() => startIn(held, "de", { ...from(0), ...key }));
    held.release();
    const [one, other] = await Promise.all([first, retry]);
    const id = async (answer: Response) => (await answer.json<{ id: string }>()).id;
    expect([one?.status, other?.status]).toEqual([201, 201]);
    expect(await id(one)).toBe(await id(other));
    await Promise.all(strangers);
    expect(held.state.asked).toEqual(["de", "fr", "fr", "fr"]);
  });
});

describe("a transaction after a transaction whose sid never arrived", () => {
  it("cancels the earlier code by number, and gets a code of its own", async () => {
    const world = await createBackendWorld();
    await world.fault({ count: 1, status: 500, processed: true });
    const lost = await world.post(path, transfer, asBackend(bankKey));
    expect(await kindOf(lost)).toBe("503 provider_unavailable");
    const [text] = await world.inbox(to);
    const other = { ...transfer, transaction: { payee: "Mallory", amount: "9000.00 EUR" } };
    const next = await startAs(world, bankKey, other);
    expect(next.code).not.toBe(text?.code);
    const cancels = world.outgoing.filter(({ form }) => form.Status === "canceled");
    expect(cancels.map(({ url }) => decodeURIComponent(url).split("/").at(-1))).toEqual([to]);
    expect(await kindOf(await checkOf(world, next.id, text?.code ?? ""))).toBe("422 wrong_code");
    expect(await kindOf(await checkOf(world, next.id, next.code))).toBe("200");
  });
});
