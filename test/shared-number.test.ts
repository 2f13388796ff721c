import { describe, expect, it } from "vitest";
import { ledgerArrivals } from "./helpers/arrivals.ts";
import { asBackend, bankKey, createBackendWorld, type Started } from "./helpers/backend.ts";
import { from, inParallel, kindOf, textsAskedFor } from "./helpers/racing.ts";
import { interceptedBindings } from "./helpers/recorder.ts";
import { signIn } from "./helpers/session.ts";
import { createWorld, start, wrong, type World } from "./helpers/world.ts";

const to = "+12015550123";
const path = "/v1/verifications";
const minuteMs = 60_000;
const leaseMs = 30_000;

const checkOf = (world: World, id: string, code: string, index = 0) =>
  world.post(`${path}/${id}/check`, { code }, from(index));
const cancelOf = (world: World, id: string) => world.send(`${path}/${id}`, { method: "DELETE" });
const canceledAtTwilio = (world: World) =>
  world.outgoing.filter(({ form }) => form.Status === "canceled");
/** The calls of Twilio Verify: the channel of a send, or a cancel. */
const askedFor = (world: World) =>
  world.outgoing.flatMap(({ form }) => form.Status ?? form.Channel ?? []);

async function viewOf(world: World, id: string) {
  const view = await world.send(`${path}/${id}`);
  return view.json<{ status: string; attempts_remaining: number; expires_at: string }>();
}

async function newestCode(world: World): Promise<string> {
  const [newest] = await world.inbox(to);
  if (newest === undefined) throw new Error("no message arrived");
  return newest.code;
}

/** Enters wrong codes one after the other. */
async function guess(world: World, { id, code }: Started, guesses = 5): Promise<void> {
  for (let index = 0; index < guesses; index += 1) await checkOf(world, id, wrong(code), index);
}

/** A caller with limits of its own: a known device, or an app's backend. */
type CallerClass = "known" | "service";

interface CallerOf {
  readonly start: () => Promise<Response>;
  readonly check: (id: string, code: string) => Promise<Response>;
  readonly resend: (id: string) => Promise<Response>;
}

async function worldOf(callerClass: CallerClass, env: Record<string, unknown> = {}) {
  const world = await createBackendWorld(env);
  return { world, caller: await callerOf(world, callerClass) };
}

async function callerOf(world: World, callerClass: CallerClass): Promise<CallerOf> {
  const headers = callerClass === "service" ? asBackend(bankKey) : from(200);
  const body: Record<string, unknown> = { to };
  if (callerClass === "known") {
    const { device_token } = await signIn(world, to);
    body.device_tokens = [device_token];
    // The window of that sign-in has passed.
    world.clock.nowMs += 10 * minuteMs;
    world.outgoing.length = 0;
  }
  return {
    start: () => world.post(path, body, headers),
    check: (id, code) => world.post(`${path}/${id}/check`, { code }, from(200)),
    resend: (id) => world.post(`${path}/${id}/resend`, {}, from(200)),
  };
}

/** A verification of the caller, and the code on the phone. */
async function startedBy(caller: CallerOf, world: World): Promise<Started> {
  const answer = await caller.start();
  if (answer.status !== 201) throw new Error(`not started: ${await answer.text()}`);
  const { id } = await answer.json<{ id: string }>();
  return { id, code: await newestCode(world) };
}

/**
 * Strangers use up the anonymous limits: the window, the lock (ten wrong codes in a row),
 * and of Twilio's verification all five sends and all five checks.
 */
async function exhaust(world: World): Promise<void> {
  for (const sends of [1, 5]) {
    if (sends === 5) world.clock.nowMs += 10 * minuteMs;
    let started: Started | undefined;
    for (let index = 0; index < sends; index += 1) started = await start(world, to);
    if (started !== undefined) await guess(world, started);
  }
  expect(await kindOf(await world.post(path, { to }, from(50)))).toBe("429 rate_limited");
  world.outgoing.length = 0;
}

describe("two starts for one number share Twilio's verification:", () => {
  async function two(laterMs = 0) {
    const world = await createWorld();
    const mine = await start(world, to);
    world.clock.nowMs += laterMs;
    const other = await start(world, to);
    return { world, mine, other };
  }

  it("the same code is sent twice, and either id accepts it", async () => {
    for (const pick of ["mine", "other"] as const) {
      const { world, ...ids } = await two();
      expect(ids.mine.id).not.toBe(ids.other.id);
      expect(ids.mine.code).toBe(ids.other.code);
      expect(await kindOf(await checkOf(world, ids[pick].id, ids.mine.code))).toBe("200");
    }
  });

  it("a DELETE ends only its own id, and Twilio is not called", async () => {
    const { world, mine, other } = await two();
    expect((await cancelOf(world, mine.id)).status).toBe(204);
    expect((await cancelOf(world, mine.id)).status).toBe(204);
    expect(await kindOf(await checkOf(world, mine.id, mine.code))).toBe(
      "410 verification_canceled",
    );
    expect(canceledAtTwilio(world)).toHaveLength(0);
    expect((await viewOf(world, mine.id)).status).toBe("canceled");
    expect(await kindOf(await checkOf(world, other.id, other.code))).toBe("200");
  });

  it("after both ids are deleted the next start cancels Twilio's verification once, and gets another code", async () => {
    const { world, mine, other } = await two();
    for (const { id } of [mine, other, other]) expect((await cancelOf(world, id)).status).toBe(204);
    expect(canceledAtTwilio(world)).toHaveLength(0);
    for (const { id } of [mine, other])
      expect(await kindOf(await checkOf(world, id, mine.code))).toBe("410 verification_canceled");
    const next = await start(world, to);
    await start(world, to);
    expect(askedFor(world)).toEqual(["sms", "sms", "canceled", "sms", "sms"]);
    expect(next.code).not.toBe(mine.code);
    expect(await kindOf(await checkOf(world, next.id, next.code))).toBe("200");
  });

  it("one approval ends the other id: the code is used up", async () => {
    const { world, mine, other } = await two();
    expect(await kindOf(await checkOf(world, other.id, other.code))).toBe("200");
    expect(await kindOf(await checkOf(world, mine.id, mine.code))).toBe(
      "410 verification_canceled",
    );
    expect((await viewOf(world, other.id)).status).toBe("approved");
    expect((await viewOf(world, mine.id)).status).toBe("canceled");
  });

  it("right codes for both ids at once open one session", async () => {
    const { world, mine, other } = await two();
    const answers = await inParallel(20, (index) =>
      checkOf(world, index % 2 === 0 ? mine.id : other.id, mine.code, index),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await Promise.all(answers.map(kindOf))).includes("422 wrong_code")).toBe(false);
  });

  it("wrong codes count for both: five in all exhaust both", async () => {
    const { world, mine, other } = await two();
    for (const { id } of [mine, mine, other]) await checkOf(world, id, wrong(mine.code));
    expect((await viewOf(world, mine.id)).attempts_remaining).toBe(2);
    expect((await viewOf(world, other.id)).attempts_remaining).toBe(2);
    for (const { id } of [other, other]) await checkOf(world, id, wrong(mine.code));
    for (const { id } of [mine, other]) {
      expect((await viewOf(world, id)).status).toBe("exhausted");
      expect(await kindOf(await checkOf(world, id, mine.code))).toBe("410 verification_exhausted");
    }
  });

  it("the second one expires with the first, ten minutes after Twilio made it", async () => {
    const { world, mine, other } = await two(5 * minuteMs);
    expect(other.expiresAt).toBe(mine.expiresAt);
    world.clock.nowMs += 5 * minuteMs - 1;
    expect((await viewOf(world, other.id)).status).toBe("pending");
    world.clock.nowMs += 1;
    for (const { id } of [mine, other]) {
      expect((await viewOf(world, id)).status).toBe("expired");
      expect(await kindOf(await checkOf(world, id, mine.code))).toBe("410 verification_expired");
    }
  });

  it("a start that Twilio answers with another verification ends the earlier id", async () => {
    const { world, mine } = await two();
    // Twilio's own has ended early: an operator has canceled it in Twilio's console.
    await cancelAtTwilio(world);
    const next = await start(world, to);
    expect(next.code).not.toBe(mine.code);
    for (const code of [mine.code, next.code])
      expect(await kindOf(await checkOf(world, mine.id, code))).toBe("410 verification_expired");
    expect(await kindOf(await checkOf(world, next.id, next.code))).toBe("200");
  });

  it("no third start is possible after five texts, until the code expires", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_PER_PHONE: "100/10m" } });
    const answers = [];
    for (let index = 0; index < 8; index += 1)
      answers.push(await world.post(path, { to }, from(index)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(5);
    expect(textsAskedFor(world)).toHaveLength(5);
    world.clock.nowMs += 10 * minuteMs;
    expect((await world.post(path, { to })).status).toBe(201);
  });
});

async function cancelAtTwilio(world: World): Promise<void> {
  const [asked] = textsAskedFor(world);
  const response = await world.twin.fetch(`${asked?.url ?? ""}/${encodeURIComponent(to)}`, {
    method: "POST",
    headers: {
      Authorization: asked?.headers.get("Authorization") ?? "",
      "Content-Type": "application/x-www-form-urlencoded",
    },
    body: "Status=canceled",
  });
  if (!response.ok) throw new Error(`not canceled: ${response.status}`);
}

describe.each(["service", "known"] as const)(
  "when strangers have used up all that anonymous callers have, class %s",
  (callerClass) => {
    it("starts all the same, gets another code and is approved", async () => {
      const { world, caller } = await worldOf(callerClass);
      await exhaust(world);
      const { id, code } = await startedBy(caller, world);
      // The only case with one more call.
      expect(askedFor(world)).toEqual(["canceled", "sms"]);
      expect(await kindOf(await caller.check(id, code))).toBe("200");
    });

    it("ends the strangers' verifications as canceled, and resets none of their limits", async () => {
      const { world, caller } = await worldOf(callerClass);
      const stranger = await start(world, to);
      await guess(world, stranger);
      const { id, code } = await startedBy(caller, world);
      expect((await viewOf(world, stranger.id)).status).toBe("canceled");
      expect((await checkOf(world, stranger.id, code)).status).toBe(410);
      expect(await kindOf(await caller.check(id, code))).toBe("200");
    });

    it("succeeds, and the strangers' lock stays", async () => {
      const { world, caller } = await worldOf(callerClass);
      await exhaust(world);
      const { id, code } = await startedBy(caller, world);
      expect(await kindOf(await caller.check(id, code))).toBe("200");
      expect(await kindOf(await world.post(path, { to }, from(51)))).toBe("429 rate_limited");
    });

    it("resends on its own verification that strangers have exhausted, and is approved", async () => {
      const { world, caller } = await worldOf(callerClass);
      const { id, code } = await startedBy(caller, world);
      const stranger = await start(world, to);
      await guess(world, stranger);
      expect(await kindOf(await caller.check(id, code))).toBe("410 verification_exhausted");
      world.clock.nowMs += 31_000;
      expect(await kindOf(await caller.resend(id))).toBe("200");
      expect((await viewOf(world, stranger.id)).status).toBe("canceled");
      expect(await kindOf(await caller.check(id, await newestCode(world)))).toBe("200");
    });

    it("resends on its own verification whose five texts strangers have used up, and is approved", async () => {
      const { world, caller } = await worldOf(callerClass);
      const { id } = await startedBy(caller, world);
      for (let sends = 0; sends < 4; sends += 1) await start(world, to);
      world.clock.nowMs += 31_000;
      expect(await kindOf(await caller.resend(id))).toBe("200");
      expect(await kindOf(await caller.check(id, await newestCode(world)))).toBe("200");
    });

    it("gets 503 while Twilio cannot cancel, sends nothing, and starts as soon as Twilio can", async () => {
      const { world, caller } = await worldOf(callerClass);
      await exhaust(world);
      await world.fault({ count: 2, status: 500 });
      expect(await kindOf(await caller.start())).toBe("503 provider_unavailable");
      expect(askedFor(world)).toEqual(["canceled", "canceled"]);
      const { id, code } = await startedBy(caller, world);
      expect(await kindOf(await caller.check(id, code))).toBe("200");
    });

    it("gets 503 for a resend while Twilio cannot cancel, and resends as soon as Twilio can", async () => {
      const { world, caller } = await worldOf(callerClass);
      const { id } = await startedBy(caller, world);
      for (let sends = 0; sends < 4; sends += 1) await start(world, to);
      world.clock.nowMs += 31_000;
      await world.fault({ count: 2, status: 500 });
      expect(await kindOf(await caller.resend(id))).toBe("503 provider_unavailable");
      expect(await kindOf(await caller.resend(id))).toBe("200");
      expect(await kindOf(await caller.check(id, await newestCode(world)))).toBe("200");
    });

    it("starts when Twilio refuses the send after canceling, at the next try", async () => {
      const { world, caller } = await worldOf(callerClass);
      await exhaust(world);
      await world.fault({ count: 1, delay_ms: 1 });
      await world.fault({ count: 1, status: 403, code: 60410 });
      expect((await caller.start()).status).toBe(422);
      const { id, code } = await startedBy(caller, world);
      expect(askedFor(world)).toEqual(["canceled", "sms", "sms"]);
      expect(await kindOf(await caller.check(id, code))).toBe("200");
    });

    it("gets no new attempts after five wrong codes of its own", async () => {
      const { world, caller } = await worldOf(callerClass);
      const { id, code } = await startedBy(caller, world);
      await guess(world, { id, code });
      expect(await kindOf(await caller.start())).toBe("429 rate_limited");
      expect(await kindOf(await caller.check(id, code))).toBe("410 verification_exhausted");
    });

    it("starts after its own conversation was lost between the cancel and the send", async () => {
      const { world, caller } = await worldOf(callerClass);
      await exhaust(world);
      const bindings = { ...world.settings };
      Object.assign(
        world.settings,
        interceptedBindings(({ name, run }) =>
          name === "PHONE_LEDGER.settleSend" ? Promise.reject(new Error("down")) : run(),
        ),
      );
      await world.fault({ count: 2, status: 500 });
      expect(await kindOf(await caller.start())).toBe("503 provider_unavailable");
      Object.assign(world.settings, bindings);
      world.clock.nowMs += leaseMs;
      const { id, code } = await startedBy(caller, world);
      // It is unknown which code is live at Twilio, so the start cancels it by number.
      expect(askedFor(world)).toEqual(["canceled", "canceled", "canceled", "sms"]);
      expect(numbersInUrls(world)).toHaveLength(1);
      expect(await kindOf(await caller.check(id, code))).toBe("200");
    });

    it("has its own window of sends and no more", async () => {
      const { world, caller } = await worldOf(callerClass, { LIMIT_SEND_PER_PHONE: "2/10m" });
      await start(world, to);
      for (let count = 0; count < 2; count += 1) await startedBy(caller, world);
      expect(await kindOf(await caller.start())).toBe("429 rate_limited");
      expect((await world.post(path, { to }, from(52))).status).toBe(201);
    });

    it("is locked by its own ten wrong codes, and strangers are not", async () => {
      const { world, caller } = await worldOf(callerClass);
      for (let round = 0; round < 2; round += 1) {
        await guess(world, await startedBy(caller, world));
        world.clock.nowMs += 10 * minuteMs;
      }
      expect(await kindOf(await caller.start())).toBe("429 rate_limited");
      const { id, code } = await start(world, to);
      expect(await kindOf(await checkOf(world, id, code))).toBe("200");
    });
  },
);

describe("anonymous callers", () => {
  it("never renew a code that another class has used up: they wait until it expires", async () => {
    const { world, caller } = await worldOf("service");
    await guess(world, await startedBy(caller, world));
    expect((await world.post(path, { to })).status).toBe(429);
    expect(canceledAtTwilio(world)).toHaveLength(0);
    world.clock.nowMs += 10 * minuteMs;
    expect((await world.post(path, { to })).status).toBe(201);
  });
});

/** Requests that name the number in their URL: a cancel whose sid is not known. */
const numbersInUrls = (world: World) =>
  world.outgoing.filter(({ url }) => decodeURIComponent(url).includes(to.slice(1)));

describe("while Twilio's sid is not stored", () => {
  /** The first send's settlement was lost, and its lease has ended. */
  async function unwritten(callerClass: CallerClass = "service") {
    const { world, caller } = await worldOf(callerClass);
    const bindings = { ...world.settings };
    Object.assign(
      world.settings,
      interceptedBindings(({ name, run }) =>
        name === "PHONE_LEDGER.settleSend" ? Promise.reject(new Error("down")) : run(),
      ),
    );
    const mine = await start(world, to);
    Object.assign(world.settings, bindings);
    world.clock.nowMs += leaseMs;
    return { world, caller, mine };
  }

  it("its code is checked by the number, which is in no URL", async () => {
    const { world, mine } = await unwritten();
    expect(await kindOf(await checkOf(world, mine.id, mine.code))).toBe("200");
    expect(numbersInUrls(world)).toEqual([]);
  });

  it("a DELETE and another start work: the start learns the sid, and no URL contains the number", async () => {
    const { world, mine } = await unwritten();
    expect((await cancelOf(world, mine.id)).status).toBe(204);
    const other = await start(world, to);
    expect(await kindOf(await checkOf(world, mine.id, other.code))).toBe(
      "410 verification_canceled",
    );
    expect(await kindOf(await checkOf(world, other.id, other.code))).toBe("200");
    expect(canceledAtTwilio(world)).toHaveLength(0);
    expect(numbersInUrls(world)).toEqual([]);
  });

  it.each(["service", "known"] as const)(
    "what strangers have used up is canceled by its number when %s starts",
    async (callerClass) => {
      const { world, caller, mine } = await unwritten(callerClass);
      await guess(world, mine);
      const { id, code } = await startedBy(caller, world);
      expect(code).not.toBe(mine.code);
      expect(numbersInUrls(world).map(({ form }) => form.Status)).toEqual(["canceled"]);
      expect(await kindOf(await caller.check(id, code))).toBe("200");
    },
  );
});

describe("while a start is in flight", () => {
  /** Holds one call to Twilio of a start until the request of `during` is in the ledger. */
  async function meanwhile<Answer>(
    isHeld: (form: Record<string, string>) => boolean,
    before: (world: World) => Promise<Started>,
    during: (world: World, mine: Started) => Promise<Answer>,
  ) {
    const ledger = ledgerArrivals();
    const [asking, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let holdsNext = false;
    const world = await createBackendWorld(ledger.bindings, {
      network: async (request, twin) => {
        const form = Object.fromEntries(new URLSearchParams(await request.clone().text()));
        if (!holdsNext || !isHeld(form)) return twin(request);
        holdsNext = false;
        asking.resolve();
        await gate.promise;
        return twin(request);
      },
    });
    const mine = await before(world);
    holdsNext = true;
    const sending = start(world, to);
    await asking.promise;
    const { answer } = await ledger.arrives(() => during(world, mine));
    gate.resolve();
    return { world, mine, other: await sending, answer: await answer };
  }
  const isSend = ({ Channel }: Record<string, string>) => Channel !== undefined;
  const isCancel = ({ Status }: Record<string, string>) => Status === "canceled";
  const startFirst = (world: World) => start(world, to);

  it("a right code waits until the start ends, is approved, and ends the other id", async () => {
    const { world, other, answer } = await meanwhile(isSend, startFirst, (busy, { id, code }) =>
      checkOf(busy, id, code),
    );
    expect(await kindOf(answer)).toBe("200");
    expect(await kindOf(await checkOf(world, other.id, other.code))).toBe(
      "410 verification_canceled",
    );
  });

  it("a DELETE of another id leaves the new verification working", async () => {
    const { world, other, answer } = await meanwhile(isSend, startFirst, (busy, { id }) =>
      cancelOf(busy, id),
    );
    expect(answer.status).toBe(204);
    expect(await kindOf(await checkOf(world, other.id, other.code))).toBe("200");
  });

  it("another start waits until the old code is canceled, and shares the new code", async () => {
    const canceled = async (world: World) => {
      const first = await start(world, to);
      await cancelOf(world, first.id);
      return first;
    };
    const { world, mine, other, answer } = await meanwhile(isCancel, canceled, (busy) =>
      start(busy, to),
    );
    expect(askedFor(world)).toEqual(["sms", "canceled", "sms", "sms"]);
    expect(answer.code).not.toBe(mine.code);
    expect(answer.code).toBe(other.code);
    expect(await kindOf(await checkOf(world, answer.id, answer.code))).toBe("200");
  });
});
