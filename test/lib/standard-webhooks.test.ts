import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { encodeBase64 } from "../../src/lib/base64.ts";
import { parseWebhookSecrets, webhookHeaders } from "../../src/lib/standard-webhooks.ts";

const one = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const other = `whsec_${encodeBase64(Uint8Array.from({ length: 64 }, (_, index) => index * 3))}`;
const secretsOf = (text: string) => {
  const secrets = parseWebhookSecrets(text);
  if (secrets === undefined) throw new Error("no secrets");
  return secrets;
};

describe("a signed message", () => {
  it("is that of the specification's example", async () => {
    const message = {
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      atSeconds: 1614265330,
      body: '{"test": 2432232314}',
    };
    expect(await webhookHeaders(secretsOf(one), message)).toEqual({
      "webhook-id": message.id,
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  it("is verified by the library of Standard Webhooks, whatever its body is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (text) => {
        const body = JSON.stringify({ text });
        const atSeconds = Math.floor(Date.now() / 1000);
        const headers = await webhookHeaders(secretsOf(other), { id: "evt_one", atSeconds, body });
        expect(new Webhook(other).verify(body, headers)).toEqual({ text });
        expect(() => new Webhook(other).verify(`${body} `, headers)).toThrow(/signature/);
        expect(() => new Webhook(one).verify(body, headers)).toThrow(/signature/);
      }),
    );
  });

  it("has two signatures while the secret rotates, and either secret verifies it", async () => {
    const atSeconds = Math.floor(Date.now() / 1000);
    const message = { id: "evt_one", atSeconds, body: '{"a":1}' };
    const headers = await webhookHeaders(secretsOf(`${other} ${one}`), message);
    expect(headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    for (const secret of [one, other])
      expect(new Webhook(secret).verify(message.body, headers)).toEqual({ a: 1 });
  });

  it("is refused by a receiver when it is older or newer than five minutes", async () => {
    for (const offset of [-301, 302]) {
      const atSeconds = Math.floor(Date.now() / 1000) + offset;
      const headers = await webhookHeaders(secretsOf(one), { id: "evt", atSeconds, body: "{}" });
      expect(() => new Webhook(one).verify("{}", headers)).toThrow(/timestamp/);
    }
  });
});

describe("a secret", () => {
  it.each([
    ["nothing", ""],
    ["no prefix", one.slice(6)],
    ["another prefix", `whpk_${one.slice(6)}`],
    ["fewer than 24 bytes", `whsec_${encodeBase64(crypto.getRandomValues(new Uint8Array(23)))}`],
    ["more than 64 bytes", `whsec_${encodeBase64(crypto.getRandomValues(new Uint8Array(65)))}`],
    ["base64url", `whsec_${"-_".repeat(16)}`],
    ["no padding", `whsec_${encodeBase64(new Uint8Array(25)).replaceAll("=", "")}`],
    ["a placeholder", `whsec_${encodeBase64(new Uint8Array(32))}`],
    ["three", `${one} ${other} ${one}`],
    ["the same twice", `${one} ${one}`],
    ["two, one of them wrong", `${one} whsec_short`],
    ["two with two spaces", `${one}  ${other}`],
  ])("is refused: %s", (_name, text) => {
    expect(parseWebhookSecrets(text)).toBeUndefined();
  });

  it("has as many bytes as it says, the first in use first", () => {
    expect(secretsOf(`${other} ${one}`).map(({ length }) => length)).toEqual([64, 24]);
  });
});
