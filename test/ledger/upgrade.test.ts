import { describe, expect, it } from "vitest";
import { beginCheck } from "../../src/ledger/check.ts";
import { acceptedDevice } from "../../src/ledger/known-devices.ts";
import { knownPhoneLine } from "../../src/ledger/phone-line.ts";
import { prune } from "../../src/ledger/prune.ts";
import { consumeProof } from "../../src/ledger/proof.ts";
import { readVerification } from "../../src/ledger/read.ts";
import { emptyLedger, type Ledger } from "../../src/ledger/state.ts";
import { upgradeLedger, type LedgerV1 } from "../../src/ledger/upgrade.ts";
import firstShape from "./fixtures/first-shape.json";
import { asStored, day, deepFreeze, LedgerPlay, minute, signIn } from "./play.ts";

/**
 * The time of the upgrade. A check, a cancellation and a send of the first version are in flight.
 */
const nowMs = 1795348800000;

// The JSON import has wider types than the stored data.
const stored = deepFreeze(firstShape) as unknown as LedgerV1;
const upgraded = (): Ledger => asStored(upgradeLedger(stored, nowMs));

const statusOf = (ledger: Ledger, id: string) =>
  readVerification(ledger, id, nowMs).outcome?.status;

describe("a ledger of the first version", () => {
  it("keeps its sends, wrong codes and locks", () => {
    const { callers } = upgraded();
    expect(callers).toEqual({
      anonymous: {
        sends: [
          { id: "send-a1", atMs: 1795348600000, countsUntilMs: 1795435000000 },
          { id: "send-a2", atMs: 1795348790000, countsUntilMs: 1795435190000 },
        ],
        failures: 12,
        lockedUntilMs: 1795349400000,
      },
      known: { sends: [], failures: 3, lockedUntilMs: 0 },
    });
  });

  it("keeps its devices, the answer of Lookup, and that the number was verified", () => {
    const ledger = upgraded();
    const claim = { device: "a device", epoch: 4 };
    expect(acceptedDevice(ledger, [claim], nowMs)).toBe("a device");
    expect(acceptedDevice(ledger, [{ ...claim, epoch: 3 }], nowMs)).toBeUndefined();
    expect(knownPhoneLine(ledger, nowMs)).toEqual({ type: "mobile" });
    expect(ledger.verified).toEqual({ firstAtMs: nowMs, untilMs: 1829900000000 });
  });

  it("keeps ended verifications, each with its status", () => {
    const ledger = upgraded();
    expect(statusOf(ledger, "approved")).toBe("approved");
    expect(statusOf(ledger, "exhausted")).toBe("exhausted");
    expect(statusOf(ledger, "expired")).toBe("expired");
    const again = { id: "approved", by: "another consumption" };
    expect(consumeProof(ledger, again).outcome).toEqual({ kind: "proof_used" });
  });

  it.each(["pending-shared", "reserved-renewing", "pending-own"])(
    "ends the pending %s as canceled, for any code",
    (id) => {
      const ledger = upgraded();
      expect(statusOf(ledger, id)).toBe("canceled");
      const request = { id, attempt: "attempt", digests: ["1:digest"] };
      expect(beginCheck(ledger, request, nowMs).outcome).toEqual({
        kind: "ended",
        status: "canceled",
      });
    },
  );

  it("has no code to join and no conversation", () => {
    const ledger = upgraded();
    expect(ledger.lines).toEqual({});
    const states = Object.values(ledger.codes).map((code) =>
      code.engine === "verify" ? code.state.name : code.engine,
    );
    expect(new Set(states)).toEqual(new Set(["over"]));
    expect(JSON.stringify(ledger)).not.toContain("sealed code");
  });

  it("accepts a start, which sends a new code", () => {
    const play = new LedgerPlay();
    play.ledger = upgraded();
    play.nowMs = nowMs + 20 * minute;
    const id = play.start({ service: signIn });
    expect(play.view(id)).toMatchObject({ status: "pending", attemptsRemaining: 5 });
  });

  it("is pruned like any other ledger", () => {
    const { next } = prune(upgraded(), nowMs + 40 * day);
    expect(next).toMatchObject({ verifications: {}, codes: {}, lines: {} });
    expect(next.callers).toMatchObject({ anonymous: { failures: 12 }, known: { failures: 3 } });
  });
});

it("a current ledger is not changed, and missing data is an empty ledger", () => {
  const today = upgraded();
  expect(upgradeLedger(today, nowMs + day)).toBe(today);
  expect(upgradeLedger(undefined, nowMs)).toEqual(emptyLedger());
});
