import type { Phonegate } from "../phonegate.ts";
import type { Session } from "../session-keeper.ts";

export type SessionState =
  | { readonly kind: "loading" }
  | { readonly kind: "signed_out" }
  | { readonly kind: "signed_in"; readonly session: Session };

/** A state that can be read at any moment, and whose changes can be listened to. */
export interface SessionStore {
  readonly listen: (listener: () => void) => () => void;
  readonly read: () => SessionState;
}

const stores = new WeakMap<Phonegate, SessionStore>();

/** The client's session as a state. One for each client; the store is read when the first listens. */
export function sessionStateOf(client: Phonegate): SessionStore {
  const known = stores.get(client);
  if (known !== undefined) return known;
  const made = followSession(client);
  stores.set(client, made);
  return made;
}

function followSession(client: Phonegate): SessionStore {
  const listeners = new Set<() => void>();
  let state: SessionState = { kind: "loading" };
  let isFollowing = false;
  const take = (session: Session | undefined): void => {
    state = session === undefined ? { kind: "signed_out" } : { kind: "signed_in", session };
    for (const listener of listeners) listener();
  };
  const takeFirst = (session: Session | undefined): void => {
    // A session that was opened meanwhile is newer.
    if (state.kind === "loading") take(session);
  };
  return {
    listen(listener) {
      listeners.add(listener);
      if (!isFollowing) {
        isFollowing = true;
        client.onSession(take);
        // Where the store cannot be read there is no session to go on with.
        client.session().then(takeFirst, () => takeFirst(undefined));
      }
      return () => void listeners.delete(listener);
    },
    read: () => state,
  };
}
