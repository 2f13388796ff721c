import type { NewEvent } from "../outbox/event.ts";
import { sessionNumberLabel } from "./session-number.ts";
import { familyEndMs, type EndReason, type Family, type Sessions } from "./family.ts";

export const subjectLabel = "session-subject";

/**
 * Returns the events of a change of the sessions for the app's backend: first the ended sessions, then the
 * opened ones. A session has events only if its sealed subject was stored when it was opened. So there are no
 * events if they were off then.
 */
export function eventsOf(before: Sessions, next: Sessions, nowMs: number): NewEvent[] {
  const opened = Object.entries(next.families).filter(([id]) => !isIn(before.families, id));
  const ended = Object.entries(before.families).filter(([id]) => !isIn(next.families, id));
  return [
    ...ended.flatMap(([id, family]) => endOfSession(id, family, next, nowMs)),
    ...opened.flatMap(([id, family]) => {
      const { amr, acr, authTimeSeconds: auth_time } = family;
      return event("session.opened", id, family, { amr, acr, auth_time });
    }),
  ];
}

function endOfSession(id: string, family: Family, next: Sessions, nowMs: number): NewEvent[] {
  const reason =
    next.tombstones[id]?.reason ?? (nowMs >= familyEndMs(family) ? "expired" : "signed_out");
  return [
    ...(reason === "reuse_detected" ? event("session.reuse_detected", id, family, {}) : []),
    ...event("session.ended", id, family, { reason }),
  ];
}

function event(
  type: NewEvent["type"],
  id: string,
  { sealedSubject, sealedNumber, clientId, isTest }: Family,
  more: NewEvent["data"] & { readonly reason?: EndReason | "expired" },
): NewEvent[] {
  if (sealedSubject === undefined) return [];
  const data = { session_id: id, client_id: clientId, ...more, test: isTest };
  const sealed = [
    { field: "subject", label: subjectLabel, text: sealedSubject, about: id },
    { field: "phone_number", label: sessionNumberLabel, text: sealedNumber, about: id },
  ];
  return [{ type, data, sealed }];
}

const isIn = (families: Sessions["families"], id: string): boolean => Object.hasOwn(families, id);
