import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seal, unseal, type Keyring, type VersionedKey } from "../../src/lib/seal.ts";
import { runs } from "../helpers/runs.ts";

const label = "test";
const text = "the number +12015550123";

function newKey(version: number): VersionedKey {
  return { version, bytes: crypto.getRandomValues(new Uint8Array(32)) };
}

describe("an encrypted text", () => {
  it("cannot be decrypted under another label", async () => {
    const keyring: Keyring = [newKey(1)];
    const blob = await seal(keyring, label, text);
    expect(await unseal(keyring, "another", blob)).toBeUndefined();
    expect(await unseal(keyring, label, blob)).toBe(text);
  });

  it("cannot be decrypted under another key of the same version", async () => {
    const blob = await seal([newKey(1)], label, text);
    expect(await unseal([newKey(1)], label, blob)).toBeUndefined();
  });

  it("cannot be decrypted when its version is not in the keyring", async () => {
    const blob = await seal([newKey(1)], label, text);
    expect(await unseal([newKey(2), newKey(3)], label, blob)).toBeUndefined();
  });

  it("cannot be decrypted after any one bit is flipped, also in its version", async () => {
    const keyring: Keyring = [newKey(1), newKey(0), newKey(3), newKey(5)];
    const blob = await seal(keyring, label, text);
    const opened: number[] = [];
    for (let bit = 0; bit < blob.length * 8; bit += 1) {
      const flipped = blob.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if ((await unseal(keyring, label, flipped)) !== undefined) opened.push(bit);
    }
    expect(opened).toEqual([]);
  });

  it("cannot be decrypted after it is shortened to any length, or is longer by a byte", async () => {
    const keyring: Keyring = [newKey(1)];
    const blob = await seal(keyring, label, text);
    const opened: number[] = [];
    for (let length = 0; length < blob.length; length += 1)
      if ((await unseal(keyring, label, blob.slice(0, length))) !== undefined) opened.push(length);
    expect(opened).toEqual([]);
    expect(await unseal(keyring, label, new Uint8Array([...blob, 0]))).toBeUndefined();
  });

  it("can be decrypted after a key rotation, and new texts are encrypted with the first key", async () => {
    const old = newKey(1);
    const current = newKey(2);
    const blob = await seal([old], label, text);
    expect(await unseal([current, old], label, blob)).toBe(text);
    const next = await seal([current, old], label, text);
    expect(next[0]).toBe(2);
    expect(await unseal([old], label, next)).toBeUndefined();
  });

  it("is different each time, and contains no part of the text", async () => {
    const keyring: Keyring = [newKey(1)];
    const [one, two] = await Promise.all([seal(keyring, label, text), seal(keyring, label, text)]);
    expect(one).not.toEqual(two);
    expect(one.slice(1, 13)).not.toEqual(two.slice(1, 13));
    expect(new TextDecoder().decode(one)).not.toContain("2015550123");
  });

  it("returns any text unchanged after decryption", async () => {
    const keyring: Keyring = [newKey(255)];
    const texts = fc.string({ unit: "grapheme", maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(texts, async (any) => {
        expect(await unseal(keyring, label, await seal(keyring, label, any))).toBe(any);
      }),
      { numRuns: runs(50) },
    );
  });
});
