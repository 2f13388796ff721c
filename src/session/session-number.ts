import { sealText, unsealText, type Keyring } from "../lib/seal.ts";
import type { Family } from "./family.ts";

/** The label under which the number is sealed (`src/lib/seal.ts`). */
export const sessionNumberLabel = "session-number";

/** Seals the number and binds it to the session. */
export const sealSessionNumber = (to: string, sessionId: string, peppers: Keyring) =>
  sealText(peppers, sessionNumberLabel, to, sessionId);

/** Returns the number of a session in E.164, or undefined if its pepper was removed. */
export const openSessionNumber = (
  { sealedNumber }: Pick<Family, "sealedNumber">,
  sessionId: string,
  peppers: Keyring,
): Promise<string | undefined> => unsealText(peppers, sessionNumberLabel, sealedNumber, sessionId);
