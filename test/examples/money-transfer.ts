// The backend executes a transfer only when its owner has confirmed this transfer by phone.
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";

export interface TransferOptions {
  /** Phonegate's origin, and a service key for `transaction`. */
  readonly phonegate: { readonly origin: string; readonly serviceKey: string };
  readonly fetch: typeof fetch;
  /** Returns the user who is logged in to the app, with the user's phone number. */
  readonly userOf: (
    request: Request,
  ) => { readonly id: string; readonly phone: string } | undefined;
  /** Moves the money. */
  readonly carryOut: (transfer: Transfer) => void;
  /** `transactionHash` of `phonegate-client/verify`. */
  readonly hash: (transaction: Readonly<Record<string, unknown>>) => Promise<string>;
}

export interface Transfer {
  readonly id: string;
  readonly userId: string;
  readonly payee: string;
  readonly amount: string;
}

type User = NonNullable<ReturnType<TransferOptions["userOf"]>>;

export function moneyTransfer(options: TransferOptions) {
  const { phonegate, fetch, userOf, carryOut, hash } = options;
  const waiting = new Map<string, Transfer>();
  const ask = (path: string, body: unknown) =>
    fetch(`${phonegate.origin}${path}`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Authorization: `Bearer ${phonegate.serviceKey}`,
      },
      body: JSON.stringify(body),
    });
  const loggedIn = createMiddleware<{ Variables: { user: User } }>(async (c, next) => {
    const user = userOf(c.req.raw);
    if (user === undefined) return c.json({ error: "log_in" }, 401);
    c.set("user", user);
    return next();
  });

  return new Hono<{ Variables: { user: User } }>()
    .use(loggedIn)
    .post("/transfers", async (c) => {
      const { payee, amount } = await c.req.json<{ payee: string; amount: string }>();
      const { id: userId, phone } = c.var.user;
      const transfer = { id: crypto.randomUUID(), userId, payee, amount };

      // 1. Ask Phonegate to confirm the transfer from the backend's own record. The message names
      // the payee and the amount.
      const started = await ask("/v1/verifications", {
        to: phone,
        purpose: "transaction",
        subject: userId,
        transaction: transactionOf(transfer),
      });
      if (!started.ok) return c.json({ error: "try_later" }, 503);
      const { id } = (await started.json()) as { id: string };
      waiting.set(transfer.id, transfer);
      return c.json({ transfer: transfer.id, verification_id: id });
    })

    .post("/transfers/:id/confirm", async (c) => {
      const { proof_token } = await c.req.json<{ proof_token: string }>();
      const transfer = waiting.get(c.req.param("id"));
      if (transfer === undefined || transfer.userId !== c.var.user.id)
        return c.json({ error: "no_such_transfer" }, 404);

      // 2. Consume the proof. That works once, and only with this backend's key. Phonegate answers
      // with the proof's claims.
      const consumed = await ask("/v1/proofs/consume", { proof_token });
      if (!consumed.ok) return c.json({ error: "not_confirmed" }, 403);
      const proof = (await consumed.json()) as { purpose: string; sub: string; txn?: string };

      // 3. Compare the claims with the transfer that is about to be executed.
      const isThisOne =
        proof.purpose === "transaction" &&
        proof.sub === transfer.userId &&
        proof.txn === (await hash(transactionOf(transfer)));
      if (!isThisOne) return c.json({ error: "another_transfer_was_confirmed" }, 403);
      waiting.delete(transfer.id);
      carryOut(transfer);
      return c.json({ done: true });
    });
}

const transactionOf = ({ id, payee, amount }: Transfer) => ({ transfer: id, payee, amount });
