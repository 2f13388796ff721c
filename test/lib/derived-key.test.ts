import { describe, expect, it } from "vitest";
import { aesKey, hmac } from "../../src/lib/derived-key.ts";

const newMaster = () => crypto.getRandomValues(new Uint8Array(32));

/** Encrypts or signs fixed bytes. The result is equal only for equal keys. */
async function fingerprint(key: CryptoKey): Promise<string> {
  const parameters = { name: "AES-GCM", iv: new Uint8Array(12) };
  const bytes = await crypto.subtle.encrypt(parameters, key, new Uint8Array(16));
  return new Uint8Array(bytes).toString();
}

describe("a derived key", () => {
  it("differs for each label", async () => {
    const master = newMaster();
    const labels = ["a", "b", "a/b", ""];
    const keys = await Promise.all(labels.map((label) => aesKey(master, label)));
    expect(new Set(await Promise.all(keys.map(fingerprint))).size).toBe(labels.length);
    const macs = await Promise.all(labels.map((label) => hmac(master, label, "text")));
    expect(new Set(macs.map(String)).size).toBe(labels.length);
  });

  it("differs for each master key", async () => {
    const [one, two] = await Promise.all([newMaster(), newMaster()].map((m) => aesKey(m, "a")));
    if (one === undefined || two === undefined) throw new Error("no key");
    expect(await fingerprint(one)).not.toBe(await fingerprint(two));
  });

  it("is the same for equal master keys, so that another isolate can decrypt", async () => {
    const master = newMaster();
    expect(await fingerprint(await aesKey(master, "a"))).toBe(
      await fingerprint(await aesKey(master.slice(), "a")),
    );
    expect(await hmac(master, "a", "text")).toEqual(await hmac(master.slice(), "a", "text"));
  });

  it("is never equal to the other kind of key with the same label", async () => {
    const master = newMaster();
    const key = await aesKey(master, "a");
    await hmac(master, "a", "text");
    expect(await aesKey(master, "a")).toBe(key);
    expect(key.algorithm.name).toBe("AES-GCM");
  });

  it("cannot be exported", async () => {
    const key = await aesKey(newMaster(), "a");
    expect(key.extractable).toBe(false);
  });

  it("derives 32 bytes that depend on every character of the text", async () => {
    const master = newMaster();
    const mac = await hmac(master, "a", "+12015550123");
    expect(mac).toHaveLength(32);
    expect(await hmac(master, "a", "+12015550124")).not.toEqual(mac);
  });

  // A changed derivation would change every subject: HKDF-SHA-256, zero salt, info phonegate/hmac/…
  it("is HKDF-SHA-256 as other programs compute it", async () => {
    const master = new Uint8Array(32).fill(7);
    const base = await crypto.subtle.importKey("raw", master, "HKDF", false, ["deriveBits"]);
    const info = new TextEncoder().encode("phonegate/hmac/subject");
    const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info };
    const bits = await crypto.subtle.deriveBits(derivation, base, 256);
    const parameters = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", bits, parameters, false, ["sign"]);
    const expected = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode("text"));
    expect(await hmac(master, "subject", "text")).toEqual(new Uint8Array(expected));
  });
});
