import { contentLabel, type NewEvent } from "../outbox/event.ts";
import type { Ledger, Verification } from "./state.ts";

/**
 * Returns the events of a change of the ledger for the app's backend. A verification has events only if its
 * start stored their sealed content. So there are no events if they were off at the start.
 */
export function eventsOf(before: Ledger, next: Ledger): NewEvent[] {
  const approved = Object.entries(next.verifications).filter(
    ([id, { ended }]) =>
      ended?.status === "approved" && before.verifications[id]?.ended?.status !== "approved",
  );
  const isFirst = before.verified === undefined && next.verified !== undefined;
  return approved.flatMap(([id, verification]) => [
    ...event("verification.approved", id, verification),
    ...(isFirst ? event("number.verified_first", id, verification) : []),
  ]);
}

function event(
  type: NewEvent["type"],
  id: string,
  { sealedEvent, sealedNumber, purpose, channel, session, testUntilMs }: Verification,
): NewEvent[] {
  if (sealedEvent === undefined) return [];
  const sealed = [
    { field: "phone_number", label: "number", text: sealedNumber, about: id },
    { label: contentLabel, text: sealedEvent, about: id },
  ];
  const test = testUntilMs === undefined ? undefined : true;
  return [{ type, data: { purpose, channel, session_id: session, test }, sealed }];
}
