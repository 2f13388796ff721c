import { reset } from "cloudflare:test";
import type { Context } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import { readConfig } from "../src/config.ts";
import type { AddressRefusal } from "../src/guard/kv-windows.ts";
import { OverAddresses } from "../src/guard/over-addresses.ts";
import type { AppEnv } from "../src/http/app-env.ts";
import { depsOf } from "../src/routes/verification-deps.ts";
import { ProviderHealth } from "../src/twilio/client.ts";
import type { CallerClass } from "../src/ledger/state.ts";
import type { Proven } from "../src/verification/outcomes.ts";
import { cancelVerification } from "../src/verification/cancel.ts";
import { checkVerification } from "../src/verification/check.ts";
import { readVerification } from "../src/verification/read.ts";
import { resendVerification } from "../src/verification/resend.ts";
import { startVerification } from "../src/verification/start.ts";
import { from, inParallel, kindOf, textsAskedFor } from "./helpers/racing.ts";
import { interceptedBindings } from "./helpers/recorder.ts";
import {
  createWorld,
  start,
  twinOrigin,
  workerOrigin,
  wrong,
  type World,
} from "./helpers/world.ts";
import { Trace } from "../src/lib/trace.ts";

const to = "+12015550123";
const minuteMs = 60_000;

afterEach(reset);

const checkOf = (world: World, id: string, code: string, index = 0) =>
  world.post(`/v1/verifications/${id}/check`, { code }, from(index));
const canceledAtTwilio = (world: World) =>
  world.outgoing.filter(({ form }) => form.Status === "canceled");

async function viewOf(world: World, id: string) {
  const view = await world.send(`/v1/verifications/${id}`);
  return view.json<{ status: string; attempts_remaining: number; expires_at: string }>();
}

async function newestCode(world: World): Promise<string> {
  const [newest] = await world.inbox(to);
  if (newest === undefined) throw new Error("no message arrived");
  return newest.code;
}

/** The use cases as a caller of this class has them, put together as for a request. */
async function callerOf(world: World, callerClass: CallerClass) {
  const outcome = await readConfig(world.settings);
  if (outcome.kind !== "ok") throw new Error("not configured");
  const { config } = outcome;
  const inBackground: Promise<unknown>[] = [];
  const asked: { url: string; form: Record<string, string> }[] = [];
  const runtime = {
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      const body = new TextDecoder().decode(await request.clone().arrayBuffer());
      const form = Object.fromEntries(new URLSearchParams(body));
      asked.push({ url: request.url, form });
      return world.twin.fetch(request);
    },
    now: () => world.clock.nowMs,
    log: () => undefined,
    trace: new Trace(() => world.clock.nowMs),
    background: (_: string, work: Promise<unknown>) => void inBackground.push(work),
  };
  const context = {
    env: world.settings,
    var: {
      config,
      runtime,
      providerHealth: new ProviderHealth(),
      overAddresses: new OverAddresses<AddressRefusal>(),
      origin: workerOrigin,
    },
  };
  const deps = depsOf(context as unknown as Context<AppEnv>);
  const caller = { class: callerClass, address: "192.0.2.1", scope: callerClass };
  const reward = {
    grant: async (proven: Proven) => ({ kind: "granted" as const, earned: proven }),
    takeBack: async () => undefined,
  };
  const settled = async <Outcome>(work: Promise<Outcome>): Promise<Outcome> => {
    const done = await work;
    await Promise.all(inBackground);
    return done;
  };
  return {
    asked,
    start: () =>
      settled(startVerification(deps, { to, channel: "sms", purpose: "sign_in" }, caller)),
    check: (id: string, code: string) =>
      settled(checkVerification(deps, id, code, caller, () => reward)),
    resend: (id: string) => settled(resendVerification(deps, id, {}, caller)),
    read: (id: string) => settled(readVerification(deps, id)),
    cancel: (id: string) => settled(cancelVerification(deps, id)),
  };
}

/** A started verification of the class, and the code on the phone. */
async function startedBy(caller: Awaited<ReturnType<typeof callerOf>>, world: World) {
  const outcome = await caller.start();
  if (outcome.kind !== "started") throw new Error(`not started: ${outcome.kind}`);
  return { id: outcome.verification.id, code: await newestCode(world) };
}

/**
 * Strangers use up what anonymous callers have: the window, the lock (ten wrong codes in a row),
 * and of Twilio's verification all five sends and all five checks.
 */
async function exhaust(world: World): Promise<void> {
  for (const sends of [1, 5]) {
    if (sends === 5) world.clock.nowMs += 10 * minuteMs;
    const started = await inParallel(sends, () => start(world, to));
    const [{ id, code } = { id: "", code: "" }] = started;
    await inParallel(5, (index) => checkOf(world, id, wrong(code), index));
  }
  const answer = await world.post("/v1/verifications", { to }, from(50));
  expect(await kindOf(answer)).toBe("429 rate_limited");
}

describe("two who start for one number share Twilio's verification:", () => {
  async function two(laterMs = 0) {
    const world = await createWorld();
    const mine = await start(world, to);
    world.clock.nowMs += laterMs;
    const other = await start(world, to);
    return { world, mine, other };
  }

  it("one code comes twice, and either id takes it", async () => {
    for (const pick of ["mine", "other"] as const) {
      const { world, ...ids } = await two();
      expect(ids.mine.id).not.toBe(ids.other.id);
      expect(ids.mine.code).toBe(ids.other.code);
      expect(await kindOf(await checkOf(world, ids[pick].id, ids.mine.code))).toBe("200");
    }
  });

  it("a DELETE ends its own id alone, and Twilio does not hear of it", async () => {
    const { world, mine, other } = await two();
    const path = `/v1/verifications/${mine.id}`;
    expect((await world.send(path, { method: "DELETE" })).status).toBe(204);
    expect((await world.send(path, { method: "DELETE" })).status).toBe(204);
    expect(await kindOf(await checkOf(world, mine.id, mine.code))).toBe(
      "410 verification_canceled",
    );
    expect(canceledAtTwilio(world)).toHaveLength(0);
    expect((await viewOf(world, mine.id)).status).toBe("canceled");
    expect(await kindOf(await checkOf(world, other.id, other.code))).toBe("200");
  });

  it("the DELETE of the last one cancels Twilio's, once", async () => {
    const { world, mine, other } = await two();
    for (const { id } of [mine, other, other])
      await world.send(`/v1/verifications/${id}`, { method: "DELETE" });
    expect(canceledAtTwilio(world)).toHaveLength(1);
    for (const { id } of [mine, other])
      expect(await kindOf(await checkOf(world, id, mine.code))).toBe("410 verification_canceled");
    // Whoever comes next gets another code.
    expect((await start(world, to)).id).not.toBe(mine.id);
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

  it("a send that returns another sid replaces the stored one, for both ids", async () => {
    const world = await createWorld();
    const mine = await start(world, to);
    // Twilio's own has ended early: canceled in its console.
    const sid = (
      await (
        await world.twin.fetch(`${twinOrigin}/inbox.json`)
      ).json<{ verification_sid: string }[]>()
    )[0]?.verification_sid;
    await createCancel(world, sid ?? "");
    const other = await start(world, to);
    expect(await kindOf(await checkOf(world, mine.id, mine.code))).toBe(
      mine.code === other.code ? "200" : "422 wrong_code",
    );
    expect(await kindOf(await checkOf(world, mine.id, other.code))).toBe("200");
  });

  it("no third one can start when five texts have left, until the code expires", async () => {
    const world = await createWorld({ env: { LIMIT_SEND_PER_PHONE: "100/10m" } });
    const ids = await inParallel(8, (index) =>
      world.post("/v1/verifications", { to }, from(index)),
    );
    expect(ids.filter(({ ok }) => ok)).toHaveLength(5);
    expect(textsAskedFor(world)).toHaveLength(5);
    world.clock.nowMs += 10 * minuteMs;
    expect((await world.post("/v1/verifications", { to })).status).toBe(201);
  });
});

async function createCancel(world: World, sid: string): Promise<void> {
  const [asked] = textsAskedFor(world);
  const response = await world.twin.fetch(`${asked?.url ?? ""}/${sid}`, {
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
      const world = await createWorld();
      await exhaust(world);
      const caller = await callerOf(world, callerClass);
      const { id, code } = await startedBy(caller, world);
      // One call more than others need, and only here.
      expect(caller.asked.map(({ form }) => form.Status ?? form.Channel)).toEqual([
        "canceled",
        "sms",
      ]);
      expect(await caller.check(id, code)).toMatchObject({ kind: "approved" });
    });

    it("ends their verifications as canceled, and frees them of nothing", async () => {
      const world = await createWorld();
      const stranger = await start(world, to);
      await inParallel(5, (index) => checkOf(world, stranger.id, wrong(stranger.code), index));
      const caller = await callerOf(world, callerClass);
      const { id, code } = await startedBy(caller, world);
      expect((await viewOf(world, stranger.id)).status).toBe("canceled");
      expect((await checkOf(world, stranger.id, code)).status).toBe(410);
      expect(await caller.check(id, code)).toMatchObject({ kind: "approved" });
    });

    it("succeeds, and their lock stands", async () => {
      const world = await createWorld();
      await exhaust(world);
      const caller = await callerOf(world, callerClass);
      const { id, code } = await startedBy(caller, world);
      await caller.check(id, code);
      const answer = await world.post("/v1/verifications", { to }, from(51));
      expect(answer.status).toBe(429);
    });

    it("resends on its own verification that they have exhausted, and is approved", async () => {
      const world = await createWorld();
      const caller = await callerOf(world, callerClass);
      const { id, code } = await startedBy(caller, world);
      const stranger = await start(world, to);
      await inParallel(5, (index) => checkOf(world, stranger.id, wrong(code), index));
      expect(await caller.check(id, code)).toEqual({ kind: "ended", status: "exhausted" });
      world.clock.nowMs += 31_000;
      expect(await caller.resend(id)).toMatchObject({ kind: "resent" });
      expect((await viewOf(world, stranger.id)).status).toBe("canceled");
      const outcome = await caller.check(id, await newestCode(world));
      expect(outcome).toMatchObject({ kind: "approved" });
    });

    it("resends on its own verification whose five texts they have used up, and is approved", async () => {
      const world = await createWorld();
      const caller = await callerOf(world, callerClass);
      const { id } = await startedBy(caller, world);
      await inParallel(4, () => start(world, to));
      world.clock.nowMs += 31_000;
      expect(await caller.resend(id)).toMatchObject({ kind: "resent" });
      const outcome = await caller.check(id, await newestCode(world));
      expect(outcome).toMatchObject({ kind: "approved" });
    });

    it("is told 503 while Twilio cannot cancel, sends nothing, and starts as soon as it can", async () => {
      const world = await createWorld();
      await exhaust(world);
      const caller = await callerOf(world, callerClass);
      await world.fault({ count: 2, status: 500 });
      expect(await caller.start()).toMatchObject({ kind: "provider_unavailable" });
      expect(caller.asked.every(({ form }) => form.Status === "canceled")).toBe(true);
      const { id, code } = await startedBy(caller, world);
      expect(await caller.check(id, code)).toMatchObject({ kind: "approved" });
    });

    it("is told 503 while Twilio cannot cancel at a resend, and resends as soon as it can", async () => {
      const world = await createWorld();
      const caller = await callerOf(world, callerClass);
      const { id } = await startedBy(caller, world);
      await inParallel(4, () => start(world, to));
      world.clock.nowMs += 31_000;
      await world.fault({ count: 2, status: 500 });
      expect(await caller.resend(id)).toMatchObject({ kind: "provider_unavailable" });
      expect(await caller.resend(id)).toMatchObject({ kind: "resent" });
      const outcome = await caller.check(id, await newestCode(world));
      expect(outcome).toMatchObject({ kind: "approved" });
    });

    it("starts when Twilio refuses the send after canceling, at the next try", async () => {
      const world = await createWorld();
      await exhaust(world);
      const caller = await callerOf(world, callerClass);
      await world.fault({ count: 1, delay_ms: 1 });
      await world.fault({ count: 1, status: 403, code: 60410 });
      expect((await caller.start()).kind).not.toBe("started");
      const { id, code } = await startedBy(caller, world);
      expect(await caller.check(id, code)).toMatchObject({ kind: "approved" });
    });

    it("has no more than its own: five wrong codes of its own are not renewed", async () => {
      const world = await createWorld();
      const caller = await callerOf(world, callerClass);
      const { id, code } = await startedBy(caller, world);
      for (let count = 0; count < 5; count += 1) await caller.check(id, wrong(code));
      expect(await caller.start()).toMatchObject({ kind: "number_refused" });
      expect(await caller.check(id, code)).toEqual({ kind: "ended", status: "exhausted" });
    });

    it("starts although it died between its reservation and the cancel, in the end", async () => {
      let isDown = true;
      const bindings = interceptedBindings(({ name, run }) =>
        isDown && name === "PHONE_LEDGER.settleSend" ? Promise.reject(new Error("down")) : run(),
      );
      const world = await createWorld();
      await exhaust(world);
      Object.assign(world.settings, bindings);
      const caller = await callerOf(world, callerClass);
      await world.fault({ count: 2, status: 500 });
      expect(await caller.start()).toMatchObject({ kind: "provider_unavailable" });
      isDown = false;
      world.clock.nowMs += minuteMs;
      const kinds = [];
      for (let tries = 0; tries < 3; tries += 1) kinds.push((await caller.start()).kind);
      expect(kinds).toContain("started");
    });

    it("has no more than its own sends", async () => {
      const world = await createWorld();
      await exhaust(world);
      const caller = await callerOf(world, callerClass);
      for (let count = 0; count < 5; count += 1) await startedBy(caller, world);
      expect(await caller.start()).toMatchObject({ kind: "number_refused" });
    });

    it("is locked by its own ten wrong codes, and nobody else is", async () => {
      const world = await createWorld();
      const caller = await callerOf(world, callerClass);
      for (let round = 0; round < 2; round += 1) {
        const { id, code } = await startedBy(caller, world);
        for (let count = 0; count < 5; count += 1) await caller.check(id, wrong(code));
        world.clock.nowMs += 10 * minuteMs;
      }
      expect(await caller.start()).toMatchObject({ kind: "number_refused" });
      const { id, code } = await start(world, to);
      expect(await kindOf(await checkOf(world, id, code))).toBe("200");
    });
  },
);

describe("anonymous callers", () => {
  it("never renew what another class has used up: they wait for the code's end", async () => {
    const world = await createWorld();
    const service = await callerOf(world, "service");
    const { id, code } = await startedBy(service, world);
    for (let count = 0; count < 5; count += 1) await service.check(id, wrong(code));
    expect((await world.post("/v1/verifications", { to })).status).toBe(429);
    expect(canceledAtTwilio(world)).toHaveLength(0);
    world.clock.nowMs += 10 * minuteMs;
    expect((await world.post("/v1/verifications", { to })).status).toBe(201);
  });
});

describe("while Twilio's sid is not written down", () => {
  async function unwritten() {
    const bindings = interceptedBindings(({ name, run }) =>
      name === "PHONE_LEDGER.settleSend" ? Promise.reject(new Error("down")) : run(),
    );
    const world = await createWorld({ env: bindings });
    return { world, mine: await start(world, to) };
  }
  const noNumberInUrls = (urls: readonly string[]) =>
    expect(urls.filter((url) => decodeURIComponent(url).includes(to.slice(1)))).toEqual([]);

  it("a DELETE and another start work, and no number stands in a URL", async () => {
    const { world, mine } = await unwritten();
    await world.send(`/v1/verifications/${mine.id}`, { method: "DELETE" });
    const other = await start(world, to);
    expect(await kindOf(await checkOf(world, mine.id, other.code))).toBe(
      "410 verification_canceled",
    );
    expect(await kindOf(await checkOf(world, other.id, other.code))).toBe("200");
    noNumberInUrls(world.outgoing.map(({ url }) => url));
  });

  it.each(["service", "known"] as const)(
    "what strangers have used up is waited for by %s, and no number stands in a URL",
    async (callerClass) => {
      const { world, mine } = await unwritten();
      await inParallel(5, (index) => checkOf(world, mine.id, wrong(mine.code), index));
      const caller = await callerOf(world, callerClass);
      expect(await caller.start()).toMatchObject({ kind: "number_refused" });
      world.clock.nowMs += 10 * minuteMs;
      expect(await caller.start()).toMatchObject({ kind: "started" });
      noNumberInUrls([...world.outgoing, ...caller.asked].map(({ url }) => url));
    },
  );
});

describe("who starts while another", () => {
  /** Does something in the moment between the reservation of the second start and its send. */
  async function meanwhile(
    act: (world: World, mine: { id: string; code: string }) => Promise<void>,
  ) {
    let isSecond = false;
    const world = await createWorld({
      network: async (request, twin) => {
        if (isSecond && request.url.endsWith("/Verifications")) {
          isSecond = false;
          await act(world, mine);
        }
        return twin(request);
      },
    });
    const mine = await start(world, to);
    isSecond = true;
    return { world, other: await start(world, to) };
  }

  it("is approved holds a verification that works", async () => {
    const { world, other } = await meanwhile(async (busy, { id, code }) => {
      expect((await checkOf(busy, id, code)).status).toBe(200);
    });
    expect(await kindOf(await checkOf(world, other.id, other.code))).toBe("200");
  });

  it("cancels holds a verification that works", async () => {
    const { world, other } = await meanwhile(async (busy, { id }) => {
      await busy.send(`/v1/verifications/${id}`, { method: "DELETE" });
    });
    expect(await kindOf(await checkOf(world, other.id, other.code))).toBe("200");
  });

  it("has canceled, and Twilio hears of that late, holds a verification that works", async () => {
    const [canceling, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let isFirst = true;
    const world = await createWorld({
      network: async (request, twin) => {
        if (request.url.includes("/Verifications/") && isFirst) {
          isFirst = false;
          canceling.resolve();
          await gate.promise;
        }
        return twin(request);
      },
    });
    const mine = await start(world, to);
    const canceled = world.send(`/v1/verifications/${mine.id}`, { method: "DELETE" });
    await canceling.promise;
    const other = await start(world, to);
    gate.resolve();
    expect((await canceled).status).toBe(204);
    expect(await kindOf(await checkOf(world, other.id, other.code))).toBe("200");
  });
});
