import type { CurrentSession, SessionView } from "../contract/sessions.ts";
import type { AccessClaims } from "./access-token.ts";
import { familyEndMs, type Family } from "./family.ts";

const time = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Returns the sessions as the API shows them, newest first. */
export function listView(
  currentId: string,
  families: Readonly<Record<string, Family>>,
): { sessions: SessionView[] } {
  const rows = Object.entries(families).toSorted(
    ([, one], [, two]) => two.createdAtMs - one.createdAtMs,
  );
  return { sessions: rows.map(([id, family]) => rowOf(id, family, id === currentId)) };
}

/** Returns the current session as the API shows it. */
export function currentView(
  { subject, sessionId }: Pick<AccessClaims, "subject" | "sessionId">,
  family: Family,
): CurrentSession {
  return {
    ...rowOf(sessionId, family, true),
    subject,
    acr: family.acr,
    expires_at: time(familyEndMs(family)),
    ...(family.isTest === true && ({ test: true } as const)),
  };
}

function rowOf(id: string, family: Family, current: boolean): SessionView {
  const { createdAtMs, rotatedAtMs, amr, country, device } = family;
  return {
    session_id: id,
    created_at: time(createdAtMs),
    last_used_at: time(rotatedAtMs),
    amr,
    ...(country !== undefined && { country }),
    ...(device !== undefined && { device }),
    current,
  };
}
