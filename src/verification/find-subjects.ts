import type { SubjectsFound } from "../contract/users.ts";
import type { KeyUses } from "../guard/key-uses.ts";
import { openSubject } from "../handles/subject.ts";
import { ledgerAddress } from "../ledger/address.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import { maskPhoneNumber } from "../phone/number.ts";
import type { Trouble } from "../sending/engine.ts";
import type { VerificationDeps } from "./deps.ts";
import { readNumber } from "./read-number.ts";

/** How many unknown numbers a client may ask for in a UTC day: a stolen key lists no users. */
export const unknownNumbersPerDay = 1000;

export type FindOutcome =
  | { readonly kind: "found"; readonly found: SubjectsFound }
  | { readonly kind: "subject_not_found" }
  | { readonly kind: "too_many_unknown"; readonly retryAfterMs: number }
  | Trouble
  | StoreUnavailable;

type Deps = Pick<VerificationDeps, "config" | "runtime" | "ledgerAt"> & { readonly uses: KeyUses };

/**
 * Who signed in with a number. Each question takes one of the client's uses of the day before the
 * answer is known, so parallel questions cannot pass the cap. A known number gives it back.
 */
export async function findSubjects(
  deps: Deps,
  spelled: string,
  clientId: string,
): Promise<FindOutcome> {
  const { config, runtime, uses } = deps;
  // A country that is not served any more may have subjects.
  const parsed = readNumber(
    { to: spelled },
    { ...config, allowedCountries: undefined },
    runtime.now(),
  );
  if (parsed.kind !== "ok") return parsed;
  const { e164, country } = parsed.number;
  runtime.trace.about({ to: maskPhoneNumber(e164), country });
  const ledger = deps.ledgerAt(await ledgerAddress(parsed.number, config.subjectKey));
  const [use, record] = await Promise.all([
    uses.take(clientId, unknownNumbersPerDay),
    ledger.call("readSubjects", null),
  ]);
  if ("kind" in use) return use;
  // Whatever the ledger says: past the cap nothing is learned.
  if (!use.isAllowed) return { kind: "too_many_unknown", retryAfterMs: use.retryAfterMs };
  const giveBack = () => runtime.background("store.failed", uses.giveBack(clientId));
  if ("kind" in record) {
    giveBack();
    return record;
  }
  const opened = await Promise.all(
    record.subjects.map((subject) => openSubject(subject, config.peppers)),
  );
  const subjects = opened.filter((subject) => subject !== undefined);
  const { firstVerifiedAtMs } = record;
  if (subjects.length === 0 || firstVerifiedAtMs === undefined)
    return { kind: "subject_not_found" };
  giveBack();
  const first_verified_at = new Date(firstVerifiedAtMs).toISOString();
  return { kind: "found", found: { phone_number: e164, subjects, first_verified_at } };
}
