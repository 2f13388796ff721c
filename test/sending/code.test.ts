import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Keyring } from "../../src/lib/seal.ts";
import { candidateDigests, protectCode, revealCode } from "../../src/sending/code-digest.ts";
import { randomCode } from "../../src/sending/code.ts";

describe("a code", () => {
  it("has exactly the requested number of digits", () => {
    for (let length = 4; length <= 10; length += 1)
      expect(randomCode(length)).toMatch(new RegExp(`^[0-9]{${length}}$`));
  });

  it("maps the same number of byte values to each digit, and skips the rest", () => {
    // A uniform source with every byte value once. 25 of them must map to each digit.
    let next = 0;
    const everyByte = (count: number) => Uint8Array.from({ length: count }, () => next++ % 256);
    const digits = randomCode(250, everyByte);
    for (const digit of "0123456789")
      expect([digit, digits.split(digit).length - 1]).toEqual([digit, 25]);
  });

  it("draws again while the source returns only bytes to skip", () => {
    let asked = 0;
    const stubborn = (count: number) => new Uint8Array(count).fill(asked++ < 3 ? 255 : 7);
    expect(randomCode(6, stubborn)).toBe("777777");
  });

  it("keeps leading zeros", () => {
    expect(randomCode(6, (count) => new Uint8Array(count))).toBe("000000");
  });
});

describe("a stored code", () => {
  const pepper = (version: number) => ({
    version,
    bytes: crypto.getRandomValues(new Uint8Array(32)),
  });
  const first = pepper(1);
  const second = pepper(2);
  const peppers: Keyring = [first];

  it("is encrypted: the same code for the same verification is different each time", async () => {
    const [one, two] = [
      await protectCode("012345", "v1", peppers),
      await protectCode("012345", "v1", peppers),
    ];
    expect(one.sealed).not.toBe(two.sealed);
    expect(JSON.stringify(one)).not.toContain("012345");
    expect(one.digest).toMatch(/^1:[\w-]{43}$/);
  });

  it("can be decrypted only for its own verification", async () => {
    const { sealed, digest } = await protectCode("012345", "v1", peppers);
    expect(await revealCode({ sealed, digest }, "v1", peppers)).toBe("012345");
    expect(await revealCode({ sealed, digest }, "v2", peppers)).toBeUndefined();
    expect(await revealCode({ sealed, digest }, "v1", [second])).toBeUndefined();
  });

  it("matches only the same code for the same verification", async () => {
    const { digest } = await protectCode("012345", "v1", peppers);
    const codes = fc.stringMatching(/^[0-9]{4,10}$/);
    expect(await candidateDigests("012345", "v1", peppers)).toContain(digest);
    expect(await candidateDigests("012345", "v2", peppers)).not.toContain(digest);
    await fc.assert(
      fc.asyncProperty(codes, async (code) => {
        fc.pre(code !== "012345");
        expect(await candidateDigests(code, "v1", peppers)).not.toContain(digest);
      }),
    );
  });

  it("stays valid after a pepper rotation while its pepper is listed", async () => {
    const own = await protectCode("012345", "v1", peppers);
    const rotated: Keyring = [second, first];
    expect(await candidateDigests("012345", "v1", rotated)).toContain(own.digest);
    expect(await revealCode(own, "v1", rotated)).toBe("012345");
    expect(await candidateDigests("012345", "v1", [second])).not.toContain(own.digest);
  });
});
