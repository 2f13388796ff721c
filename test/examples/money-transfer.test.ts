import { describe, expect, it } from "vitest";
import { transactionHash } from "../../src/client/transaction-hash.ts";
import { bankKey, checkAs, createBackendWorld } from "../helpers/backend.ts";
import { inParallel } from "../helpers/racing.ts";
import { workerOrigin, type World } from "../helpers/world.ts";
import { moneyTransfer, type Transfer } from "./money-transfer.ts";

const phones: Record<string, string> = { alice: "+12015550123", bob: "+12015550124" };

/** Starts the bank beside the real Worker and the twin. */
async function openBank() {
  const world = await createBackendWorld();
  const done: Transfer[] = [];
  const app = moneyTransfer({
    phonegate: { origin: workerOrigin, serviceKey: bankKey },
    fetch: (input, init) => world.send(input instanceof Request ? input.url : String(input), init),
    userOf: ({ headers }) => {
      const id = headers.get("X-User") ?? "";
      const phone = phones[id];
      return phone === undefined ? undefined : { id, phone };
    },
    carryOut: (transfer) => void done.push(transfer),
    hash: transactionHash,
  });
  const post = (user: string, path: string, body: unknown) =>
    app.request(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-User": user },
      body: JSON.stringify(body),
    });
  return { world, done, post };
}

type Bank = Awaited<ReturnType<typeof openBank>>;

async function order(bank: Bank, user: string, payee: string, amount: string) {
  const answer = await bank.post(user, "/transfers", { payee, amount });
  return answer.json<{ transfer: string; verification_id: string }>();
}

async function proofOf(world: World, user: string, id: string): Promise<string> {
  const [text] = await world.inbox(phones[user] ?? "");
  const answer = await checkAs(world, { id, code: text?.code ?? "" });
  return (await answer.json<{ proof_token?: string }>()).proof_token ?? "";
}

const confirm = (bank: Bank, user: string, transfer: string, proof_token: string) =>
  bank.post(user, `/transfers/${transfer}/confirm`, { proof_token });

describe("a money transfer", () => {
  it("is executed when its owner has confirmed it with a message that names the payee and the amount", async () => {
    const bank = await openBank();
    const { transfer, verification_id } = await order(bank, "alice", "ACME", "42.00 EUR");
    const [text] = await bank.world.inbox("+12015550123");
    expect(text?.body).toContain("42.00 EUR to ACME");
    const proof = await proofOf(bank.world, "alice", verification_id);
    expect((await confirm(bank, "alice", transfer, proof)).status).toBe(200);
    expect(bank.done).toMatchObject([{ userId: "alice", payee: "ACME", amount: "42.00 EUR" }]);
  });

  it("is executed once when fifty confirmations arrive at the same time", async () => {
    const bank = await openBank();
    const { transfer, verification_id } = await order(bank, "alice", "ACME", "42.00 EUR");
    const proof = await proofOf(bank.world, "alice", verification_id);
    const answers = await inParallel(50, async () => confirm(bank, "alice", transfer, proof));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(bank.done).toHaveLength(1);
  });

  it("is not executed with the proof of another transfer, even if the amounts differ by one cent", async () => {
    const bank = await openBank();
    const small = await order(bank, "alice", "ACME", "42.00 EUR");
    const proof = await proofOf(bank.world, "alice", small.verification_id);
    const large = await order(bank, "alice", "ACME", "42.01 EUR");
    expect((await confirm(bank, "alice", large.transfer, proof)).status).toBe(403);
    expect(bank.done).toEqual([]);
  });

  it("is not executed for another user, nor with another user's proof", async () => {
    const bank = await openBank();
    const alices = await order(bank, "alice", "ACME", "42.00 EUR");
    const bobs = await order(bank, "bob", "ACME", "42.00 EUR");
    const bobsProof = await proofOf(bank.world, "bob", bobs.verification_id);
    expect((await confirm(bank, "bob", alices.transfer, bobsProof)).status).toBe(404);
    expect((await confirm(bank, "alice", alices.transfer, bobsProof)).status).toBe(403);
    expect(bank.done).toEqual([]);
  });

  it("is not executed without a proof, nor with a proof that is six minutes old", async () => {
    const bank = await openBank();
    const { transfer, verification_id } = await order(bank, "alice", "ACME", "42.00 EUR");
    expect((await confirm(bank, "alice", transfer, "")).status).toBe(403);
    const proof = await proofOf(bank.world, "alice", verification_id);
    bank.world.clock.nowMs += 6 * 60_000;
    expect((await confirm(bank, "alice", transfer, proof)).status).toBe(403);
    expect(bank.done).toEqual([]);
  });
});
