import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  maxUnprovenDevices,
  revokeDevices,
  sparedSends,
  type DeviceClaim,
} from "../../src/ledger/known-devices.ts";
import { day, LedgerPlay, minute, second, type StartOptions } from "./play.ts";

/**
 * Codes of the engine messaging: each start has its own code, so that only the tested rule refuses.
 */
const own = { service: "own" } as const;

/** Signs in, with a device's tokens if it has some, and returns the claim of its new token. */
function approve(play: LedgerPlay, options: StartOptions = {}): DeviceClaim {
  const outcome = play.check(play.start({ ...own, ...options }), "approved");
  if (outcome.kind !== "approved") throw new Error(`not approved: ${outcome.kind}`);
  return outcome.given;
}

/** Returns the caller class of a start with these tokens. */
function classOf(play: LedgerPlay, devices: readonly DeviceClaim[], more: StartOptions = {}) {
  const { outcome } = play.reserve({ ...own, ...more, devices });
  if (outcome.kind !== "send") return outcome.kind;
  return outcome.isKnown ? "known" : "anonymous";
}

const classesOf = (play: LedgerPlay, devices: readonly DeviceClaim[], count: number) =>
  Array.from({ length: count }, () => classOf(play, devices));

const revoke = (play: LedgerPlay, name: string) =>
  play.apply((ledger) => revokeDevices(ledger, name));

describe("a device", () => {
  it("counts as known for three sends without a right code, and as a stranger then", () => {
    const play = new LedgerPlay();
    const device = approve(play);
    expect(classesOf(play, [device], 5)).toEqual([
      "known",
      "known",
      "known",
      "anonymous",
      "anonymous",
    ]);
  });

  it("stays a stranger until a code is right, even after ninety days", () => {
    const play = new LedgerPlay();
    const device = approve(play);
    const other = approve(play);
    classesOf(play, [device], 3);
    play.wait(89 * day);
    play.prune();
    // Another device's right code keeps the epoch alive, but does not help this device.
    approve(play, { devices: [other] });
    play.prune();
    expect(classOf(play, [device])).toBe("anonymous");
  });

  it.each([
    ["as a known caller", 2],
    ["as a stranger", 4],
  ])("counts as known again after a right code %s", (_how, sends) => {
    const play = new LedgerPlay();
    const device = approve(play);
    classesOf(play, [device], sends);
    expect(approve(play, { devices: [device] })).toEqual(device);
    expect(classesOf(play, [device], 4)).toEqual(["known", "known", "known", "anonymous"]);
  });

  it("keeps its name over sign-ins and step-ups, and another device has another name", () => {
    const play = new LedgerPlay();
    const device = approve(play);
    expect(approve(play, { devices: [device] }).device).toBe(device.device);
    const stepUp = { purpose: "step_up", caller: "known" } as const;
    expect(approve(play, { ...stepUp, devices: [device] }).device).toBe(device.device);
    expect(approve(play).device).not.toBe(device.device);
  });

  it("gets the same answer again when the answer to its right code was lost", () => {
    const play = new LedgerPlay();
    const id = play.start();
    const { attempt } = play.begin(id, "right");
    const first = play.settleCheck(id, attempt, "approved");
    expect(first).toMatchObject({ kind: "approved", given: { epoch: 1 } });
    expect(play.settleCheck(id, attempt, "approved")).toEqual(first);
  });

  it("gets a send back once if it was certainly not made", () => {
    const play = new LedgerPlay();
    const device = approve(play);
    const { id, send } = play.reserve({ ...own, devices: [device] });
    classesOf(play, [device], 2);
    for (let count = 0; count < 2; count += 1) play.settle(id, send, { kind: "refused" });
    expect(classesOf(play, [device], 2)).toEqual(["known", "anonymous"]);
  });

  it("does not get a send back that may have been made", () => {
    const play = new LedgerPlay();
    const device = approve(play);
    const { id, send } = play.reserve({ ...own, devices: [device] });
    classesOf(play, [device], 2);
    play.settle(id, send, { kind: "unknown" });
    expect(classOf(play, [device])).toBe("anonymous");
  });

  it("uses its three sends for resends too, and its next resend counts in the strangers' window", () => {
    const play = new LedgerPlay();
    const device = approve(play);
    const limits = [{ count: 3, seconds: 600 }];
    const id = play.start({ ...own, devices: [device] });
    for (const cooldown of [30, 40]) {
      play.wait(cooldown * second);
      play.resend(id);
    }
    expect(classOf(play, [], { limits })).toBe("anonymous");
    play.wait(60 * second);
    // Strangers made two sends, the first sign-in and this one, so one more is allowed.
    expect(play.reserveResend(id, { limits }).outcome.kind).toBe("send");
    play.wait(90 * second);
    expect(play.reserveResend(id, { limits }).outcome.kind).toBe("number_refused");
  });

  it("a session's resends count as known, with any device token", () => {
    const play = new LedgerPlay();
    const device = approve(play);
    const id = play.start({
      ...own,
      caller: "known",
      session: "ses_1",
      purpose: "step_up",
      devices: [device],
    });
    classesOf(play, [device], 3);
    for (let count = 0; count < 3; count += 1) expect(classOf(play, [])).toBe("anonymous");
    play.wait(30 * second);
    const limits = [{ count: 5, seconds: 600 }];
    expect(play.reserveResend(id, { limits }).outcome.kind).toBe("send");
  });

  it("can retry its start with the same Idempotency-Key, also after its three sends", () => {
    const play = new LedgerPlay();
    const device = approve(play);
    classesOf(play, [device], 2);
    const idempotency = { key: "key", body: "body" };
    const id = play.start({ ...own, devices: [device], idempotency });
    const again = (devices: readonly DeviceClaim[]) =>
      play.reserve({ ...own, devices, idempotency }).outcome;
    expect(again([device])).toMatchObject({ kind: "replayed", id });
    revoke(play, "everywhere");
    expect(again([device])).toMatchObject({ kind: "replayed", id });
    // A caller without a token of the device learns nothing of it.
    expect(again([]).kind).toBe("send");
  });

  it("that sends two tokens is known if one of them is", () => {
    const play = new LedgerPlay();
    const [one, two] = [approve(play), approve(play)];
    classesOf(play, [one], 3);
    expect(classOf(play, [one, two])).toBe("known");
    expect(approve(play, { devices: [one, two] }).device).toBe(two.device);
  });

  it("does not matter with a service key, which has its own limits", () => {
    const play = new LedgerPlay();
    const device = approve(play);
    for (let count = 0; count < 3; count += 1)
      expect(classOf(play, [device], { caller: "service" })).toBe("anonymous");
    expect(classOf(play, [device])).toBe("known");
  });

  it("is not accepted after signing out everywhere, but a new token of it is", () => {
    const play = new LedgerPlay();
    const device = approve(play);
    revoke(play, "everywhere");
    expect(classOf(play, [device])).toBe("anonymous");
    expect(classOf(play, [approve(play, { devices: [device] })])).toBe("known");
  });
});

describe("the record of devices", () => {
  it("keeps sixteen devices without a right code; the next device is a stranger until one of them has a right code", () => {
    const play = new LedgerPlay();
    const devices = Array.from({ length: maxUnprovenDevices + 1 }, () => approve(play));
    const [first, ...others] = devices;
    if (first === undefined) throw new Error("no device");
    for (const device of others) expect(classOf(play, [device])).toBe("known");
    expect(classOf(play, [first])).toBe("anonymous");
    approve(play, { devices: others.slice(0, 1) });
    expect(classOf(play, [first])).toBe("known");
    expect(Object.keys(play.ledger.devices?.unproven ?? {})).toHaveLength(maxUnprovenDevices);
  });

  it("deletes a device when all its tokens have expired", () => {
    const play = new LedgerPlay();
    const device = approve(play);
    classesOf(play, [device], 1);
    play.wait(50 * day);
    approve(play);
    play.wait(40 * day - 1);
    play.prune();
    expect(Object.keys(play.ledger.devices?.unproven ?? {})).toEqual([device.device]);
    play.wait(1);
    play.prune();
    expect(play.ledger.devices).toMatchObject({ epoch: 1, unproven: {} });
  });
});

type Deed = readonly [
  deed: "start" | "resend" | "wrong" | "cancel" | "refused" | "lost" | "prune" | "wait" | "settle",
  pick: number,
];
const deeds = fc.array(
  fc.tuple(
    fc.constantFrom<Deed[0][]>(
      "start",
      "start",
      "start",
      "resend",
      "resend",
      "wrong",
      "cancel",
      "refused",
      "lost",
      "settle",
      "prune",
      "wait",
    ),
    fc.nat({ max: 1000 }),
  ),
  { maxLength: 60 },
);
const waits = [second, 31 * second, 121 * second, 10 * minute, day, 3 * day] as const;

/** Plays the requests of one party to a number. Returns the classes of the reserved sends. */
function playDeeds(
  play: LedgerPlay,
  script: readonly Deed[],
  tokens: readonly (readonly DeviceClaim[])[],
): string[] {
  const made: { id: string; send: string }[] = [];
  const classes: string[] = [];
  const note = (id: string, send: string) => {
    made.push({ id, send });
    classes.push(play.ledger.verifications[id]?.caller ?? "gone");
  };
  for (const [deed, pick] of script) {
    const one = made[pick % Math.max(1, made.length)];
    const service = pick % 2 === 0 ? "own" : "VA-sign-in";
    if (deed === "start") {
      const devices = tokens[pick % Math.max(1, tokens.length)] ?? [];
      const { id, send, outcome } = play.reserve({ service, devices });
      if (outcome.kind === "send") note(id, send);
    } else if (deed === "wait") play.wait(waits[pick % waits.length] ?? second);
    else if (deed === "prune") play.prune();
    else if (one !== undefined && play.view(one.id) !== undefined) {
      if (deed === "resend") {
        const { send, outcome } = play.reserveResend(one.id);
        if (outcome.kind === "send") note(one.id, send);
      } else if (deed === "wrong") play.check(one.id, "wrong");
      else if (deed === "cancel") play.cancel(one.id);
      else if (deed === "settle") play.settle(one.id, one.send, play.sent(service));
      else play.settle(one.id, one.send, { kind: deed === "lost" ? "unknown" : "refused" });
    }
  }
  return classes;
}

describe("for any sequence of requests", () => {
  it("strangers never use up the sends of a device", () => {
    fc.assert(
      fc.property(deeds, (script) => {
        const play = new LedgerPlay();
        const gone = approve(play);
        revoke(play, "everywhere");
        const device = approve(play);
        // Strangers have no token or a revoked one.
        const classes = playDeeds(play, script, [[], [gone]]);
        expect(classes.filter((name) => name !== "anonymous")).toEqual([]);
        if (play.ledger.devices === undefined) return;
        expect(classesOf(play, [device], 4)).toEqual(["known", "known", "known", "anonymous"]);
      }),
      { numRuns: 1000 },
    );
  });

  it("a stolen token allows at most three sends until the owner's next right code", () => {
    fc.assert(
      fc.property(deeds, deeds, (earlier, later) => {
        const play = new LedgerPlay();
        const [owner, laptop] = [approve(play), approve(play)];
        const known = (classes: readonly string[]) =>
          classes.filter((name) => name === "known").length;
        // A send that certainly was not made is given back. It costs nothing and allows no further
        // text.
        const returned = (script: readonly Deed[]) =>
          script.filter(([deed]) => deed === "refused").length;
        const before = known(playDeeds(play, earlier, [[owner]]));
        expect(before).toBeLessThanOrEqual(sparedSends + returned(earlier));
        // Another device's right code does not help the stolen token.
        if (play.ledger.devices !== undefined) approve(play, { devices: [laptop] });
        const after = known(playDeeds(play, later, [[owner]]));
        expect(before + after).toBeLessThanOrEqual(
          sparedSends + returned(earlier) + returned(later),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
