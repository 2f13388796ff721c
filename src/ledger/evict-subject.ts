import type { ClientAccount, Failures, Ledger } from "./state.ts";

/** The most subjects that a number keeps accounts for, over all its clients. */
export const maxSubjects = 16;

/**
 * Evicts a subject if there is no room for one more subject of the client `newcomer`. Changes `ledger`.
 *
 * The client with the most subjects loses one. So a client cannot push out the subjects of a client that
 * has no more than its share. Subjects without a lock go first, and of those the subject with the oldest
 * wrong code. The wrong codes of an evicted subject still count for its client.
 */
export function evictSubject(ledger: Ledger, newcomer: ClientAccount, nowMs: number): void {
  const clients = Object.values(ledger.clients ?? {});
  const countOf = (client: ClientAccount) =>
    Object.keys(client.subjects).length + (client === newcomer ? 1 : 0);
  const counts = clients.map(countOf);
  if (counts.reduce((sum, count) => sum + count, 0) <= maxSubjects) return;
  const candidates = clients
    .filter((client) => countOf(client) === Math.max(...counts))
    .flatMap((client) =>
      Object.entries(client.subjects).map(([name, subject]) => ({ client, name, subject })),
    );
  const isLocked = ({ lockedUntilMs }: Failures) => (nowMs < lockedUntilMs ? 1 : 0);
  const [evicted] = candidates.toSorted(
    ({ subject: one }, { subject: other }) =>
      isLocked(one) - isLocked(other) || one.lastFailureAtMs - other.lastFailureAtMs,
  );
  if (evicted === undefined) return;
  evicted.client.remainder += evicted.subject.failures;
  delete evicted.client.subjects[evicted.name];
}
