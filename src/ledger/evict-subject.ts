import type { ClientAccount, Failures, Ledger } from "./state.ts";

/** Accounts of subjects that a number keeps, over all its clients. */
export const maxSubjects = 16;

/**
 * Makes room for one more subject of the client `newcomer`. Changes the ledger it is given.
 *
 * The client with the most subjects gives one up. So a client loses no subject to another client
 * while it has no more than its share of them. A subject without a live lock goes first, and of
 * those the one whose last wrong code is the oldest. Its wrong codes go on counting for its client.
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
