import type { CallerClass } from "../contract/words.ts";
import type { Code } from "./code-state.ts";
import {
  emptyLedger,
  type Account,
  type ClientAccount,
  type Ledger,
  type Send,
  type Verification,
} from "./state.ts";

/** The shape that was stored before version 2. It lists only the fields that are carried over. */
export interface LedgerV1 {
  readonly callers: Partial<Record<CallerClass, CallerV1>>;
  readonly clients?: Readonly<
    Record<string, Omit<ClientAccount, "sends"> & { sends: CallerV1["sends"] }>
  >;
  readonly verifications: Readonly<Record<string, Verification>>;
  readonly codes: Readonly<Record<string, CodeV1>>;
  readonly verifiedUntilMs?: number;
  readonly line?: NonNullable<Ledger["phoneLine"]>;
  readonly devices?: NonNullable<Ledger["devices"]>;
}

interface CallerV1 extends Omit<Account, "sends"> {
  readonly sends: readonly Omit<Send, "reserved">[];
}

interface CodeV1 {
  readonly expiresAtMs: number;
  readonly attempts: readonly unknown[];
  readonly carried?: number;
  readonly exhausted?: boolean;
}

/**
 * Returns the stored ledger in the current shape. Of the first shape, sends, wrong codes, locks, devices,
 * the number's facts and ended verifications are kept. Pending verifications end as canceled.
 */
export function upgradeLedger(stored: Ledger | LedgerV1 | undefined, nowMs: number): Ledger {
  if (stored === undefined) return emptyLedger();
  if ("version" in stored) return stored;
  const { callers, clients, verifications, codes, verifiedUntilMs, line, devices } = stored;
  return {
    ...emptyLedger(),
    callers: upgradeCallers(callers),
    ...(clients && { clients: mapValues(clients, upgradeAccount) }),
    verifications: mapValues(verifications, (verification) => ({
      ...verification,
      ended: verification.ended ?? endedBy(verification, codes, nowMs),
    })),
    codes: mapValues(codes, upgradeCode),
    // The first shape stored only until when the number counted as verified.
    ...(verifiedUntilMs !== undefined && {
      verified: { firstAtMs: nowMs, untilMs: verifiedUntilMs },
    }),
    ...(line && { phoneLine: line }),
    ...(devices && { devices }),
  };
}

/**
 * The account of class `service` is dropped: it was shared by all clients, so it belongs to none of
 * them.
 */
function upgradeCallers({ anonymous, known }: LedgerV1["callers"]): Ledger["callers"] {
  return {
    ...(anonymous && { anonymous: upgradeAccount(anonymous) }),
    ...(known && { known: upgradeAccount(known) }),
  };
}

/** A reserved send becomes a counted send. */
function upgradeAccount<Stored extends { readonly sends: CallerV1["sends"] }>(account: Stored) {
  const sends = account.sends.map(({ id, atMs, countsUntilMs }) => ({ id, atMs, countsUntilMs }));
  return { ...account, sends };
}

/** Returns how a verification ended: exhausted or expired, otherwise canceled now. */
function endedBy(
  { code }: Verification,
  codes: LedgerV1["codes"],
  nowMs: number,
): NonNullable<Verification["ended"]> {
  const { expiresAtMs = nowMs, attempts = [], carried = 0, exhausted } = codes[code] ?? {};
  const atMs = Math.min(nowMs, expiresAtMs);
  if (exhausted === true || attempts.length + carried >= 5) return { status: "exhausted", atMs };
  return { status: expiresAtMs <= nowMs ? "expired" : "canceled", atMs };
}

/** The code can only be read from now on: its expiry, and the attempts that were left. */
function upgradeCode({ expiresAtMs, attempts, carried = 0, exhausted }: CodeV1): Code {
  return {
    engine: "verify",
    service: "",
    state: { name: "over" },
    expiresAtMs,
    used: { anonymous: { sends: 0, attempts: attempts.length + carried } },
    ...(exhausted === true && { isExhausted: true }),
  };
}

function mapValues<In, Out>(
  record: Readonly<Record<string, In>>,
  change: (value: In) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
