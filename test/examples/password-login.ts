// A login that asks for a password and for a code by phone. It is a backend that uses only
// Phonegate's public API. Its frontend gets the verification's id, and never the service key.
import { Hono } from "hono";
import { setCookie } from "hono/cookie";
import type { Verifier } from "phonegate-client/verify";

export interface LoginOptions {
  /** Phonegate's origin, and a service key for `two_factor`. */
  readonly phonegate: { readonly origin: string; readonly serviceKey: string };
  readonly verifier: Verifier;
  readonly fetch: typeof fetch;
  readonly users: Users;
}

export interface Users {
  /** Resolves to the user with this name if the password is right, otherwise to `undefined`. */
  checkPassword(
    name: string,
    password: string,
  ): Promise<{ readonly id: string; readonly phone: string } | undefined>;
}

/**
 * A login that has passed the password step and waits for the code. Its key is a random id. A real
 * app stores it in a table.
 */
interface Pending {
  readonly userId: string;
  readonly untilMs: number;
}

export function passwordLogin({ phonegate, verifier, fetch, users }: LoginOptions): Hono {
  const pending = new Map<string, Pending>();
  const usedProofs = new Set<string>();

  return new Hono()
    .post("/login", async (c) => {
      const { name, password } = await c.req.json<{ name: string; password: string }>();
      const user = await users.checkPassword(name, password);
      if (user === undefined) return c.json({ error: "wrong_password" }, 401);

      // 1. The password is right. Start the check of the phone. The user is not logged in yet.
      const started = await fetch(`${phonegate.origin}/v1/verifications`, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          Authorization: `Bearer ${phonegate.serviceKey}`,
        },
        body: JSON.stringify({
          to: user.phone,
          purpose: "two_factor",
          subject: user.id,
          amr: ["pwd"],
        }),
      });
      if (!started.ok) return c.json({ error: "try_later" }, 503);
      const { id } = (await started.json()) as { id: string };
      const login = crypto.randomUUID();
      pending.set(login, { userId: user.id, untilMs: Date.now() + 10 * 60 * 1000 });
      // 2. The frontend checks the code with Phonegate and sends the proof here.
      return c.json({ login, verification_id: id, phone_ends_with: user.phone.slice(-2) });
    })

    .post("/login/finish", async (c) => {
      const { login, proof_token } = await c.req.json<{ login: string; proof_token: string }>();
      const half = pending.get(login);
      if (half === undefined || Date.now() >= half.untilMs)
        return c.json({ error: "log_in_again" }, 401);
      // 3. The proof must be for this purpose, and for the user who gave the password.
      try {
        await verifier.verifyProofToken(proof_token, {
          purpose: "two_factor",
          subject: half.userId,
          acr: "aal2",
          markUsed: (proofId) => {
            const isFirst = !usedProofs.has(proofId);
            usedProofs.add(proofId);
            return isFirst;
          },
        });
      } catch {
        return c.json({ error: "not_proved" }, 401);
      }
      // 4. The user has shown both factors. Now the app opens its own session.
      pending.delete(login);
      setCookie(c, "session", crypto.randomUUID(), {
        httpOnly: true,
        secure: true,
        prefix: "host",
      });
      return c.json({ user: half.userId });
    });
}
