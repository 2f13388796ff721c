import { contentLabel } from "../outbox/event.ts";
import { sealText, type Keyring } from "../lib/seal.ts";
import type { AppClaims } from "./app-claims.ts";
import { subjectOf } from "./subject.ts";
import { sealHandle, type VerificationHandle } from "./verification-id.ts";

/** What the events of a verification contain. */
export interface EventVerification {
  readonly handle: VerificationHandle;
  readonly e164: string;
  readonly app: AppClaims | undefined;
  /** The session of a step-up. The subject is left out then, because the session's events name it. */
  readonly session: string | undefined;
}

/** Seals what the events of a verification contain beside the number, for the ledger. */
export async function sealEventContent(
  { handle, e164, app, session }: EventVerification,
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
