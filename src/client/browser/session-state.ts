import type { Phonegate } from "../phonegate.ts";
import type { Session } from "../session-keeper.ts";

export type SessionState =
  | { readonly kind: "loading" }
  | { readonly kind: "signed_out" }
  | { readonly kind: "signed_in"; readonly session: Session };

/** A state with a read function and change listeners, as `useSyncExternalStore` expects. */
export interface SessionStore {
  readonly listen: (listener: () => void) => () => void;
  readonly read: () => SessionState;
}

const stores = new WeakMap<Phonegate, SessionStore>();

/**
 * Returns the session state of a client, always the same object for one client. The first listener
 * starts reading the client's store.
 */
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
    // A session that opened while the store was read is newer.
    if (state.kind === "loading") take(session);
  };
  return {
    listen(listener) {
      listeners.add(listener);
      if (!isFollowing) {
        isFollowing = true;
        client.onSession(take);
        // A store that cannot be read counts as signed out.
        client.session().then(takeFirst, () => takeFirst(undefined));
      }
      return () => void listeners.delete(listener);
    },
    read: () => state,
  };
}
