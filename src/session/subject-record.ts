import type { SubjectRecord } from "../contract/users.ts";
import { sessionsName } from "../handles/subject.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import type { SessionDeps } from "./deps.ts";
import { openSessionNumber } from "./session-number.ts";

export type SubjectRecordOutcome =
  | { readonly kind: "found"; readonly record: SubjectRecord }
  | { readonly kind: "subject_not_found" }
  | StoreUnavailable;

/** The number of a subject, for 400 days after its last sign-in, with or without a live session. */
export async function readSubject(
  deps: SessionDeps,
  subject: string,
): Promise<SubjectRecordOutcome> {
  const sessions = deps.sessionsAt(await sessionsName(subject, deps.subjectKey));
  const outcome = await sessions.lastSignIn();
  if (outcome.kind === "store_unavailable") return outcome;
  if (outcome.kind === "unknown") return { kind: "subject_not_found" };
  const { signIn, live } = outcome;
  const phone_number = await openSessionNumber(signIn, signIn.session, deps.peppers);
  // The pepper that sealed the number is gone: what was known of the subject is lost.
  if (phone_number === undefined) return { kind: "subject_not_found" };
  const last_signed_in_at = new Date(signIn.atMs).toISOString();
  return {
    kind: "found",
    record: { subject, phone_number, last_signed_in_at, live_sessions: live },
  };
}
