import { useSyncExternalStore } from "react";
import { createPhonegate, type Session } from "phonegate-client";

/** One for the whole app. In the store of the browser, so that the session outlives the page. */
export const phonegate = createPhonegate({
  baseUrl: import.meta.env.VITE_PHONEGATE ?? "http://127.0.0.1:8787",
  store: "local",
});

let current: Session | undefined;
const listeners = new Set<() => void>();
function set(session: Session | undefined) {
  current = session;
  for (const listener of listeners) listener();
}
phonegate.onSession(set);
void phonegate.session().then(set);

/** The session, or undefined for whoever is not signed in. */
export function useSession(): Session | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
