import type { Phonegate } from "../../phonegate.ts";
import type { Session } from "../../session-keeper.ts";

/**
 * After this time the element shows the first step. A session that arrives later still replaces it.
 */
const maxWaitMs = 3000;

/**
 * Returns the session that an earlier visit kept, or `undefined`. It asks the Worker only if the
 * store has no session that is still valid: the cookie may hold one, or the device's clock may be
 * wrong.
 */
export async function keptSession(client: Phonegate): Promise<Session | undefined> {
  const kept = await client.session();
  if (kept !== undefined && kept.refreshExpiresAt > Date.now()) return kept;
  const asked = client.accessToken().then(
    () => client.session(),
    () => undefined,
  );
  const waiting = new Promise<undefined>((resolve) => setTimeout(resolve, maxWaitMs));
  return Promise.race([asked, waiting]);
}

/**
 * Resolves when the page's own scripts have run, including those below the element, so that their
 * listeners exist.
 */
export function pageReady(): Promise<unknown> {
  return new Promise<unknown>((resolve) => {
    if (document.readyState === "complete") return resolve(undefined);
    document.addEventListener("DOMContentLoaded", resolve);
    window.addEventListener("load", resolve);
  });
}
