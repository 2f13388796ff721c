import { contentLabel } from "../outbox/event.ts";
import { sealText, type Keyring } from "../lib/seal.ts";
import type { AppClaims } from "./app-claims.ts";
import { subjectOf } from "./subject.ts";
import { sealHandle, type VerificationHandle } from "./verification-id.ts";

/** A verification, as far as its events name it. */
export interface ToldVerification {
  readonly handle: VerificationHandle;
  readonly e164: string;
  readonly app: AppClaims | undefined;
  /** The session that it raises: that session's own events name its subject. */
  readonly session: string | undefined;
}

/** What the events of a verification say beside the number, sealed for the ledger to keep. */
export async function sealEventContent(
  { handle, e164, app, session }: ToldVerification,
  { peppers, subjectKey }: { peppers: Keyring; subjectKey: Uint8Array<ArrayBuffer> },
): Promise<string> {
  const isOfSession = session !== undefined;
  const subject = isOfSession ? undefined : (app?.subject ?? (await subjectOf(e164, subjectKey)));
  const content = {
    verification_id: await sealHandle(handle, peppers),
    subject,
    client_id: app?.clientId,
    txn: app?.txn,
  };
  return sealText(peppers, contentLabel, JSON.stringify(content), handle.nonce);
}
