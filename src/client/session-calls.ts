import { hasCode, type Call } from "./calls.ts";
import type { DeviceTokens } from "./device-tokens.ts";
import type { Phonegate } from "./phonegate.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import type { CurrentSession, SessionView } from "./wire.ts";

type SessionCalls = Pick<
  Phonegate,
  "currentSession" | "sessions" | "signOut" | "signOutSession" | "signOutEverywhere"
>;

/** The part of a `Phonegate` that calls `/v1/sessions`: it lists sessions and ends them. */
export function sessionCalls(
  authorized: Call,
  keeper: SessionKeeper,
  devices: DeviceTokens,
  usesCookie: boolean,
): SessionCalls {
  /** Ends sessions on the Worker with `send`. The local copy is deleted even if `send` fails. */
  const end = async (send: () => Promise<unknown>): Promise<void> => {
    try {
      await keeper.settled();
      await send();
    } catch (error) {
      // The session has already ended on the Worker: the sign-out is done.
      if (!hasCode(error, "invalid_token", "no_session")) throw error;
    } finally {
      await keeper.clear("signed_out");
    }
  };

  return {
    currentSession: ({ signal } = {}) =>
      authorized<CurrentSession>({ method: "GET", path: "/v1/sessions/current", signal }),

    async sessions({ signal } = {}) {
      const list = { method: "GET", path: "/v1/sessions", signal } as const;
      return (await authorized<{ readonly sessions: readonly SessionView[] }>(list)).sessions;
    },

    signOut: ({ signal } = {}) =>
      end(() =>
        authorized({
          method: "DELETE",
          path: "/v1/sessions/current",
          withCookie: usesCookie,
          signal,
        }),
      ),

    async signOutSession(sessionId, { signal } = {}) {
      const own = (await keeper.load())?.sessionId === sessionId;
      await authorized({
        method: "DELETE",
        path: `/v1/sessions/${encodeURIComponent(sessionId)}`,
        withCookie: usesCookie && own,
        signal,
      });
      if (own) await keeper.clear("signed_out");
    },

    async signOutEverywhere({ signal } = {}) {
      await end(() =>
        authorized({
          method: "DELETE",
          path: "/v1/sessions",
          withCookie: usesCookie,
          signal,
        }),
      );
      await devices.forget();
    },
  };
}
