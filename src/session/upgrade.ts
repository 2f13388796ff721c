import { noSessions, type Sessions } from "./family.ts";

/** The first shape, as it was stored before version 2. */
export type SessionsV1 = Omit<Sessions, "version" | "lastSignIn">;

/**
 * The stored sessions in today's shape. Of the first shape everything stays. Its last sign-in is that of
 * the newest session that is still listed.
 */
export function upgradeSessions(stored: Sessions | SessionsV1 | undefined): Sessions {
  if (stored === undefined) return noSessions();
  if ("version" in stored) return stored;
  const [newest] = Object.entries(stored.families).toSorted(
    ([, one], [, two]) => two.createdAtMs - one.createdAtMs,
  );
  if (newest === undefined) return { version: 2, ...stored };
  const [session, { createdAtMs: atMs, sealedNumber, ledger }] = newest;
  return { version: 2, ...stored, lastSignIn: { atMs, session, sealedNumber, ledger } };
}
