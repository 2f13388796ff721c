import type { Phonegate } from "../../phonegate.ts";
import type { Session } from "../../session-keeper.ts";

/** After this time the element shows the first step; a session that comes later still replaces it. */
const longestWaitMs = 3000;

/**
 * The session that is kept from before. The Worker is asked only for one that the store does not
 * have: a session in the cookie, or one that is over by this device's clock.
 */
export async function keptSession(client: Phonegate): Promise<Session | undefined> {
  const kept = await client.session();
  if (kept !== undefined && kept.refreshExpiresAt > Date.now()) return kept;
  const asked = client.accessToken().then(
    () => client.session(),
    () => undefined,
  );
  const waiting = new Promise<undefined>((resolve) => setTimeout(resolve, longestWaitMs));
  return Promise.race([asked, waiting]);
}

/** When the page's own scripts have run, those below the element's too: their listeners are there. */
export function pageReady(): Promise<unknown> {
  return new Promise<unknown>((resolve) => {
    if (document.readyState === "complete") return resolve(undefined);
    document.addEventListener("DOMContentLoaded", resolve);
    window.addEventListener("load", resolve);
  });
}
