import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64Url, encodeBase64Url } from "../../src/lib/base64url.ts";
import type { Keyring, VersionedKey } from "../../src/lib/seal.ts";
import {
  makeRefreshToken,
  openRefreshToken,
  type RefreshClaims,
} from "../../src/session/refresh-token.ts";
import { randomKey } from "../helpers/keys.ts";
import { signIn } from "../helpers/session.ts";
import type { World } from "../helpers/world.ts";
import {
  currentOf,
  partsOf,
  refreshed,
  refreshOf,
  tracesOf,
  watchedWorld,
} from "./showing-tokens.ts";
import { runs } from "../helpers/runs.ts";

const to = "+12015550123";
const dayMs = 24 * 60 * 60 * 1000;
const macBytes = 32;

/** `rt_` and base64url of: one byte of the pepper's version, 32 of the HMAC, and the claims. */
function bytesOf(token: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64Url(token.slice(3));
  if (bytes === undefined) throw new Error("not base64url");
  return bytes;
}

const tokenOf = (...parts: (ArrayLike<number> | number)[]): string =>
  `rt_${encodeBase64Url(
    Uint8Array.from(
      parts.flatMap((part) => (typeof part === "number" ? [part] : Array.from(part))),
    ),
  )}`;

const versionOf = (bytes: Uint8Array): number => bytes[0] ?? 0;
const macOf = (bytes: Uint8Array) => bytes.subarray(1, 1 + macBytes);
const claimsOf = (bytes: Uint8Array) => bytes.subarray(1 + macBytes);

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** A signed-in user of a deployment with two peppers. */
async function scene() {
  const { world, asked } = await watchedWorld({ PEPPERS: `2:${randomKey()},1:${randomKey()}` });
  const session = await signIn(world, to);
  asked.length = 0;
  return { world, asked, session, token: session.refresh_token };
}

/** Expects 401, no store call, and no part of the token anywhere. The real token still works. */
async function expectRefusal(world: World, asked: string[], answer: Response, token: string) {
  expect(asked).toEqual([]);
  expect(answer.status).toBe(401);
  expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
  expect(await answer.clone().json()).toMatchObject({ code: "invalid_token", status: 401 });
  expect(answer.headers.get("WWW-Authenticate")).toBe(
    'Bearer realm="phonegate", error="invalid_token"',
  );
  const traces = await tracesOf(world, answer);
  for (const part of partsOf(token)) expect(traces).not.toContain(part);
}

describe("a refresh token", () => {
  it("with one changed character is refused without a store call", async () => {
    const { world, asked, token } = await scene();
    for (let index = 0; index < token.length; index += 1) {
      const [character = ""] = alphabet[(alphabet.indexOf(token[index] ?? "") + 1) % 64] ?? "";
      const changed = token.slice(0, index) + character + token.slice(index + 1);
      await expectRefusal(world, asked, await refreshOf(world, changed), changed);
    }
    expect((await refreshOf(world, token)).status).toBe(200);
  });

  it("with one character changed to any other is invalid", async () => {
    const peppers = keyring(1, 2, 65, 66, 129);
    const token = await makeRefreshToken(claims, peppers);
    const opened: string[] = [];
    for (let index = 3; index < token.length; index += 1)
      for (const character of alphabet) {
        const changed = token.slice(0, index) + character + token.slice(index + 1);
        if (changed !== token && (await openRefreshToken(changed, peppers))) opened.push(changed);
      }
    expect(opened).toEqual([]);
    expect(await openRefreshToken(token, peppers)).toEqual(claims);
  });

  it.each<[string, (token: string) => string]>([
    ["cut by a character", (token) => token.slice(0, -1)],
    ["cut by a byte", (token) => tokenOf(bytesOf(token).subarray(0, -1))],
    ["cut to its HMAC", (token) => tokenOf(bytesOf(token).subarray(0, 1 + macBytes))],
    ["cut to a part of its HMAC", (token) => tokenOf(bytesOf(token).subarray(0, 20))],
    ["cut to its version", (token) => tokenOf(bytesOf(token).subarray(0, 1))],
    ["cut to its prefix", () => "rt_"],
    ["without its prefix", (token) => token.slice(3)],
    ["with its prefix twice", (token) => `rt_${token}`],
    ["with another prefix", (token) => token.replace("rt_", "dev_")],
    ["in capitals", (token) => token.toUpperCase()],
    ["longer by a character", (token) => `${token}A`],
    ["longer by a byte of zero", (token) => tokenOf(bytesOf(token), 0)],
    ["longer by a space in its claims", (token) => tokenOf(bytesOf(token), 0x20)],
    ["padded", (token) => `${token}=`],
    ["padded twice", (token) => `${token}==`],
    ["in standard base64", (token) => `rt_+/${token.slice(5)}`],
    ["behind a space", (token) => ` ${token}`],
    ["before a newline", (token) => `${token}\n`],
    ["before a NUL", (token) => `${token}\u0000`],
    ["with a letter of another script", (token) => token.replace("rt_", "rт_")],
    ["twice", (token) => `${token}${token}`.slice(0, 1024)],
    [
      "with a byte order mark before its claims",
      (token) =>
        tokenOf(
          bytesOf(token).subarray(0, 1 + macBytes),
          [0xef, 0xbb, 0xbf],
          claimsOf(bytesOf(token)),
        ),
    ],
    [
      "with a space before its claims",
      (token) =>
        tokenOf(bytesOf(token).subarray(0, 1 + macBytes), [0x20], claimsOf(bytesOf(token))),
    ],
    ["of the version of another pepper", (token) => tokenOf(1, bytesOf(token).subarray(1))],
    ["of version 0", (token) => tokenOf(0, bytesOf(token).subarray(1))],
    ["of a version that nobody has", (token) => tokenOf(3, bytesOf(token).subarray(1))],
    ["of no version", (token) => tokenOf(bytesOf(token).subarray(1))],
    [
      "with an HMAC of zeros",
      (token) => tokenOf(2, new Uint8Array(macBytes), claimsOf(bytesOf(token))),
    ],
    ["without an HMAC", (token) => tokenOf(2, claimsOf(bytesOf(token)))],
    ["of 1024 characters", () => `rt_${"A".repeat(1021)}`],
  ])("that is %s is 401 and asks no store", async (_, spoil) => {
    const { world, asked, token } = await scene();
    const spoilt = spoil(token);
    expect(spoilt).not.toBe(token);
    await expectRefusal(world, asked, await refreshOf(world, spoilt), spoilt);
    expect((await refreshOf(world, token)).status).toBe(200);
  });

  it.each([
    ["empty", ""],
    ["a number", 5],
    ["true", true],
    ["null", null],
    ["a list", ["rt_AAAA"]],
    ["an object", { token: "rt_AAAA" }],
    ["longer than any of ours", `rt_${"A".repeat(1022)}`],
    ["of 8000 characters", `rt_${"A".repeat(7997)}`],
  ])("that is %s is 400 and asks no store", async (_, token) => {
    const { world, asked } = await scene();
    const answer = await refreshOf(world, token);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: "invalid_request",
      errors: [{ path: "refresh_token", message: "must be a text of 1 to 1024 characters" }],
    });
    expect(asked).toEqual([]);
  });

  it("of a megabyte is 413, without a store call", async () => {
    const { world, asked } = await scene();
    const answer = await refreshOf(world, `rt_${"A".repeat(1_000_000)}`);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: "payload_too_large" });
    expect(asked).toEqual([]);
  });

  it("is read from the body and the cookie only", async () => {
    const { world, asked, token } = await scene();
    const json = { "Content-Type": "application/json" };
    for (const [path, init] of [
      [`/v1/sessions/refresh?refresh_token=${token}`, {}],
      [
        "/v1/sessions/refresh",
        { headers: { ...json, Authorization: `Bearer ${token}` }, body: "{}" },
      ],
      [
        "/v1/sessions/refresh",
        { headers: { Cookie: `phonegate=${token}`, "Sec-Fetch-Site": "same-origin" } },
      ],
      ["/v1/sessions/refresh", {}],
    ] as const) {
      const answer = await world.send(path, { method: "POST", ...init });
      expect(answer.status).toBe(401);
      expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="phonegate"');
      expect(await tracesOf(world, answer)).not.toContain(token);
    }
    const form = await world.send("/v1/sessions/refresh", {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: `grant_type=refresh_token&refresh_token=${token}`,
    });
    expect(form.status).toBe(415);
    expect(asked).toEqual([]);
  });

  it("under an HMAC of another key of the same version is 401, without a store call", async () => {
    const { world, asked, token } = await scene();
    const elsewhere = await scene();
    await expectRefusal(world, asked, await refreshOf(world, elsewhere.token), elsewhere.token);
    const claimed = await openRefreshToken(token, peppersOf(world));
    if (claimed === undefined) throw new Error("the world's own token does not open");
    const forged = await makeRefreshToken(claimed, keyring(2));
    expect(claimsOf(bytesOf(forged))).toEqual(claimsOf(bytesOf(token)));
    await expectRefusal(world, asked, await refreshOf(world, forged), forged);
  });

  it("made of parts of two real tokens is 401, without a store call", async () => {
    const { world, asked, token } = await scene();
    const { refresh_token: second } = await signIn(world, "+12015550124");
    const third = (await refreshed(world, second)).refresh_token;
    asked.length = 0;
    const real = [token, second, third].map(bytesOf);
    for (const one of real)
      for (const other of real) {
        if (one === other) continue;
        const mixed = tokenOf(versionOf(one), macOf(one), claimsOf(other));
        await expectRefusal(world, asked, await refreshOf(world, mixed), mixed);
      }
    expect((await refreshOf(world, token)).status).toBe(200);
  });

  it("is valid until it was unused for its idle lifetime, and then answers 401", async () => {
    const { world, token } = await scene();
    world.clock.nowMs += 7 * dayMs - 1;
    const next = await refreshed(world, token);
    world.clock.nowMs += 7 * dayMs;
    const answer = await refreshOf(world, next.refresh_token);
    expect(answer.status).toBe(401);
    expect(await tracesOf(world, answer)).not.toContain(next.refresh_token);
  });

  it("that was spent longer ago than the idle lifetime ends its session, which is logged", async () => {
    const { world, token } = await scene();
    let newest = token;
    for (let day = 0; day < 8; day += 1) {
      world.clock.nowMs += dayMs;
      newest = (await refreshed(world, newest)).refresh_token;
    }
    expect((await refreshOf(world, token)).status).toBe(401);
    expect(world.lines.filter((line) => line.includes("session.reuse_detected"))).toHaveLength(1);
    expect((await refreshOf(world, newest)).status).toBe(401);
  });

  it("expires as soon as the operator shortens the idle lifetime", async () => {
    const { world, token } = await scene();
    const shorter = await watchedWorld({ ...world.settings, REFRESH_IDLE_TTL: "1h" });
    shorter.world.clock.nowMs += 60 * 60 * 1000;
    expect((await refreshOf(shorter.world, token)).status).toBe(401);
  });

  it("refreshes only its own session", async () => {
    const { world, session } = await scene();
    const next = await refreshed(world, session.refresh_token);
    expect(next).toMatchObject({ session_id: session.session_id, subject: session.subject });
    const current = await currentOf(world, next.access_token);
    expect(await current.json()).toMatchObject({ session_id: session.session_id });
  });
});

const claims: RefreshClaims = {
  subject: `usr_${"A".repeat(43)}`,
  sessionId: `ses_${"B".repeat(22)}`,
  generation: 1,
  issuedAtMs: Date.parse("2035-01-02T03:04:05Z"),
};

function keyring(...versions: [number, ...number[]]): Keyring {
  const keyOf = (version: number): VersionedKey => ({
    version,
    bytes: crypto.getRandomValues(new Uint8Array(32)),
  });
  const [first, ...others] = versions;
  return [keyOf(first), ...others.map(keyOf)];
}

function peppersOf(world: World): Keyring {
  const [first, ...others] = String(world.settings.PEPPERS)
    .split(",")
    .map((entry) => {
      const [version, key = ""] = entry.split(":");
      return { version: Number(version), bytes: decodeBase64Url(key) ?? new Uint8Array() };
    });
  if (first === undefined) throw new Error("no pepper");
  return [first, ...others];
}

/** The most bytes of a subject beside the longest numbers. Our subjects have 47 bytes. */
const maxSubjectBytes = 600;
const subjects = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.string({ unit: "grapheme", maxLength: 60 }),
    // Lone surrogates, which UTF-8 cannot encode, byte order marks, and replacement characters.
    fc.string({
      unit: fc.constantFrom("\ud800", "\udfff", "\ufeff", "\ufffd", "\0", '"', "\\"),
      maxLength: 60,
    }),
  )
  .filter((subject) => JSON.stringify(subject).length * 3 <= maxSubjectBytes);
const anyClaims: fc.Arbitrary<RefreshClaims> = fc.record({
  subject: subjects,
  sessionId: fc.stringMatching(/^ses_[\w-]{22}$/),
  generation: fc.maxSafeNat().map((nat) => Math.max(1, nat)),
  issuedAtMs: fc.maxSafeNat().map((nat) => Math.max(1, nat)),
});

describe("the refresh token of any claims", () => {
  const peppers = keyring(7, 255);

  it("opens to these claims with any listed pepper", async () => {
    await fc.assert(
      fc.asyncProperty(anyClaims, async (any) => {
        const token = await makeRefreshToken(any, peppers);
        expect(token).toMatch(/^rt_[\w-]{1,1021}$/);
        expect(await openRefreshToken(token, peppers)).toEqual(any);
        const [first, second = first] = peppers;
        expect(await openRefreshToken(token, [second, first])).toEqual(any);
      }),
      { numRuns: runs(300) },
    );
  });

  it("is the same for the same claims, and different for other claims", async () => {
    await fc.assert(
      fc.asyncProperty(anyClaims, anyClaims, async (one, other) => {
        const [first, again, second] = await Promise.all(
          [one, { ...one }, other].map((each) => makeRefreshToken(each, peppers)),
        );
        expect(again).toBe(first);
        expect(second === first).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
      { numRuns: runs(100) },
    );
  });

  it("has one spelling: no other bytes decode to the same text", async () => {
    const marked = { ...claims, subject: "a\ufffdb" };
    const bytes = bytesOf(await makeRefreshToken(marked, peppers));
    const at = bytes.findIndex(
      (byte, index) => byte === 0xef && bytes[index + 1] === 0xbf && index > macBytes,
    );
    for (const stray of [[0xff], [0x80], [0xc0], [0xed], [0xf0, 0x90]]) {
      const other = tokenOf(bytes.subarray(0, at), stray, bytes.subarray(at + 3));
      expect(await openRefreshToken(other, peppers)).toBeUndefined();
    }
  });

  it("cannot be opened without its pepper", async () => {
    const token = await makeRefreshToken(claims, peppers);
    const [first, second = first] = peppers;
    expect(await openRefreshToken(token, [second])).toBeUndefined();
    expect(await openRefreshToken(token, [{ ...second, version: first.version }])).toBeUndefined();
    expect(await openRefreshToken(token, [second, first])).toEqual(claims);
  });

  it.each([
    ["a generation of zero", { generation: 0 }],
    ["a generation below zero", { generation: -1 }],
    ["half a generation", { generation: 1.5 }],
    ["a generation past counting", { generation: 2 ** 53 }],
    ["a generation that is none", { generation: Number.NaN }],
    ["no issue time", { issuedAtMs: 0 }],
    ["more than 1024 characters", { subject: "x".repeat(800) }],
  ])("stays closed with %s, though the HMAC is ours", async (_, wrong) => {
    const token = await makeRefreshToken({ ...claims, ...wrong }, peppers);
    expect(await openRefreshToken(token, peppers)).toBeUndefined();
  });

  it("cannot be opened if it is any other text of 3 to 1024 characters", async () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^[\w-]{0,400}$/));
    await fc.assert(
      fc.asyncProperty(texts, fc.constantFrom("rt_", "rt_Bw", "rt__w", ""), async (text, start) => {
        expect(await openRefreshToken(start + text, peppers)).toBeUndefined();
      }),
      { numRuns: runs(1000) },
    );
  });
});
