import { sealText, unsealText, type Keyring } from "../lib/seal.ts";
import type { Family } from "./family.ts";

const label = "session-number";

/** Seals the number of a session, bound to the session. */
export const sealSessionNumber = (to: string, sessionId: string, peppers: Keyring) =>
  sealText(peppers, label, to, sessionId);

/** The number of a session in E.164; undefined when the pepper that sealed it is gone. */
export const openSessionNumber = (
  { sealedNumber }: Pick<Family, "sealedNumber">,
  sessionId: string,
  peppers: Keyring,
): Promise<string | undefined> => unsealText(peppers, label, sealedNumber, sessionId);
