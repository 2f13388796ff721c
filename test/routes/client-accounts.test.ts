import { describe, expect, it } from "vitest";
import { asBackend, bankKey, createBackendWorld, shopKey, startAs } from "../helpers/backend.ts";
import { engines, kindOf } from "../helpers/racing.ts";
import { wrong, type World } from "../helpers/world.ts";

const to = "+12015550123";
const minuteMs = 60_000;

const startFor = async (world: World, key: string, subject?: string) =>
  kindOf(
    await world.post(
      "/v1/verifications",
      { to, purpose: "two_factor", ...(subject !== undefined && { subject }) },
      asBackend(key),
    ),
  );

/** A user of the client enters wrong codes: five per verification, because only five are judged. */
async function guessAs(world: World, key: string, guesses: number, subject?: string) {
  for (let left = guesses; left > 0; left -= 5) {
    const login = { to, purpose: "two_factor", ...(subject !== undefined && { subject }) };
    const { id, code } = await startAs(world, key, login);
    for (let guess = 0; guess < Math.min(5, left); guess += 1)
      await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) });
    // The shared code has expired, and the lock of the first twenty wrong codes has ended.
    world.clock.nowMs += 31 * minuteMs;
  }
}

describe.each(engines)("engine $engine: a user of a client", ({ env }) => {
  const wide = { ...env, LIMIT_SEND_PER_PHONE: "100/10m" };

  it("who enters 25 wrong codes is locked, and locks no other user and no other client", async () => {
    const world = await createBackendWorld(wide);
    await guessAs(world, shopKey, 25, "mallory");
    expect(await startFor(world, shopKey, "mallory")).toBe("429 rate_limited");
    expect(await startFor(world, shopKey, "ann")).toBe("201");
    expect(await startFor(world, shopKey)).toBe("201");
    expect(await startFor(world, bankKey, "mallory")).toBe("201");
    world.clock.nowMs += 400 * 24 * 60 * minuteMs;
    expect(await startFor(world, shopKey, "mallory")).toBe("429 rate_limited");
  });

  it("who uses up the shared code does not stop others: they get a new code at once", async () => {
    const world = await createBackendWorld(wide);
    const { id, code } = await startAs(world, shopKey, {
      to,
      purpose: "two_factor",
      subject: "mallory",
    });
    for (let guess = 0; guess < 5; guess += 1)
      await world.post(`/v1/verifications/${id}/check`, { code: wrong(code) });
    expect(await startFor(world, bankKey, "mallory")).toBe("201");
    expect(await startFor(world, shopKey, "ann")).toBe("201");
  });

  it("whose client sends ten texts in a day closes the number for that client only", async () => {
    const world = await createBackendWorld(env);
    for (let sends = 0; sends < 10; sends += 1) {
      expect(await startFor(world, shopKey, "mallory")).toBe("201");
      world.clock.nowMs += 11 * minuteMs;
    }
    expect(await startFor(world, shopKey, "mallory")).toBe("429 rate_limited");
    expect(await startFor(world, shopKey, "ann")).toBe("429 rate_limited");
    expect(await startFor(world, bankKey, "mallory")).toBe("201");
  });

  it("who enters the client's hundredth wrong code locks all users of that client, and no other client", async () => {
    const world = await createBackendWorld(wide);
    for (const subject of ["m1", "m2", "m3", "m4"]) await guessAs(world, shopKey, 25, subject);
    expect(await startFor(world, shopKey, "ann")).toBe("429 rate_limited");
    expect(await startFor(world, shopKey)).toBe("429 rate_limited");
    expect(await startFor(world, bankKey, "ann")).toBe("201");
  });

  it("resets only its own count with a right code", async () => {
    const world = await createBackendWorld(wide);
    await guessAs(world, shopKey, 10, "mallory");
    await guessAs(world, shopKey, 9, "ann");
    const login = { to, purpose: "two_factor", subject: "ann" };
    const { id, code } = await startAs(world, shopKey, login);
    expect(await kindOf(await world.post(`/v1/verifications/${id}/check`, { code }))).toBe("200");
    await guessAs(world, shopKey, 9, "ann");
    expect(await startFor(world, shopKey, "ann")).toBe("201");
    // The tenth wrong code since the last right one locks for 15 minutes, the twentieth for 30.
    await guessAs(world, shopKey, 10, "mallory");
    world.clock.nowMs -= 2 * minuteMs;
    expect(await startFor(world, shopKey, "mallory")).toBe("429 rate_limited");
  });
});
