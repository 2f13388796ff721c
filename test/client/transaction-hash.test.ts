import { describe, expect, it } from "vitest";
import { transactionHash } from "../../src/client/transaction-hash.ts";
import { canonicalJson } from "../../src/lib/canonical-json.ts";
// `.ci/run` runs `transaction_hash.py` against the same vectors.
import vectors from "./transaction-vectors.json";

const parse = (json: string) => JSON.parse(json) as Record<string, unknown>;

describe("the hash of a transaction", () => {
  it.each(vectors.refused)("is refused for $name", async ({ json }) => {
    await expect(transactionHash(parse(json))).rejects.toThrow(TypeError);
  });

  it.each(vectors.accepted)("is the published one for $name", async ({ json, canonical, hash }) => {
    expect(canonicalJson(parse(json))).toEqual({ kind: "ok", text: canonical });
    expect(await transactionHash(parse(json))).toBe(hash);
  });

  it("has accepted and refused vectors", () => {
    expect(vectors.refused.length).toBeGreaterThan(10);
    expect(vectors.accepted.length).toBeGreaterThan(15);
  });

  it("ignores the order of keys and the spaces between members, and nothing else", async () => {
    const hashOf = (json: string) => transactionHash(parse(json));
    const payment = await hashOf('{"payee":"ACME","amount":"42.00"}');
    expect(await hashOf('{ "amount": "42.00", "payee": "ACME" }')).toBe(payment);
    for (const other of [
      '{"payee":"ACME","amount":"42.01"}',
      '{"payee":"ACME","amount":"42.0"}',
      '{"payee":"ACME","amount":42}',
      '{"payee":"ACME ","amount":"42.00"}',
      '{"payee":"acme","amount":"42.00"}',
      '{"payee":"ACME","amount":"42.00","note":null}',
    ])
      expect(await hashOf(other)).not.toBe(payment);
    expect(await hashOf('{"amount":1.0}')).toBe(await hashOf('{"amount":1}'));
    expect(await hashOf('{"amount":"1.0"}')).not.toBe(await hashOf('{"amount":"1"}'));
  });

  it("fails with the path of the member that has no canonical form, and without its value", async () => {
    await expect(transactionHash({ lines: [{ amount: 2 ** 60 }] })).rejects.toThrow(
      "transaction.lines.0.amount must be a finite number",
    );
    await expect(transactionHash({ note: "x".repeat(1025) })).rejects.toThrow(
      "transaction must have at most 1024 bytes",
    );
  });
});
