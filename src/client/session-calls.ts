import { hasCode, type Call } from "./calls.ts";
import type { DeviceTokens } from "./device-tokens.ts";
import type { Phonegate } from "./phonegate.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import type { CurrentSession, SessionView } from "./wire.ts";

type SessionCalls = Pick<
  Phonegate,
  "currentSession" | "sessions" | "signOut" | "signOutSession" | "signOutEverywhere"
>;

/** The part of a `Phonegate` that lists and ends sessions: `/v1/sessions`. */
export function sessionCalls(
  authorized: Call,
  keeper: SessionKeeper,
  devices: DeviceTokens,
  usesCookie: boolean,
): SessionCalls {
  /** `send` ends something on the Worker; here it is forgotten in any case. */
  const end = async (send: () => Promise<unknown>): Promise<void> => {
    try {
      await keeper.settled();
      await send();
    } catch (error) {
      // What has ended already needs no ending.
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
