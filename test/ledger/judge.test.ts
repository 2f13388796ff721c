import { describe, expect, it } from "vitest";
import { effects, type CheckEnding, type CheckResult } from "../../src/ledger/check-result.ts";
import { LedgerPlay, second } from "./play.ts";

/** What a settlement leaves behind. */
interface Left {
  /** What the caller is told. */
  readonly told: CheckEnding | { readonly kind: "approved" };
  readonly status: string;
  /** Attempts that stay counted on the code. */
  readonly attempts: number;
  /** Wrong codes that count towards a lock. */
  readonly failures: number;
  /** What the ledger believes of the code at Twilio. */
  readonly code: "live" | "over";
  /** The status of another verification that shares the code. */
  readonly other: string;
}

type Row = [Left["told"], ...Omit<Left, "told">[keyof Omit<Left, "told">][]];

const unknown = { kind: "unknown" } as const;
const wrong = { kind: "wrong_code", attemptsRemaining: 4 } as const;
const ended = (status: "approved" | "canceled" | "expired" | "exhausted") =>
  ({ kind: "ended", status }) as const;
const lastWrong = { kind: "ended", status: "exhausted", isJudged: true } as const;

/** Twilio's answer comes in time: told, status, attempts counted, failures, code, other. */
const inTime = {
  approved: [{ kind: "approved" }, "approved", 1, 0, "over", "canceled"],
  wrong: [wrong, "pending", 1, 1, "live", "pending"],
  last_wrong: [lastWrong, "exhausted", 1, 1, "live", "exhausted"],
  exhausted: [ended("exhausted"), "exhausted", 0, 0, "live", "exhausted"],
  canceled: [ended("canceled"), "canceled", 0, 0, "over", "canceled"],
  expired: [ended("expired"), "expired", 0, 0, "over", "expired"],
  gone: [ended("expired"), "expired", 0, 0, "over", "expired"],
  unknowable: [unknown, "canceled", 1, 0, "over", "canceled"],
  unknown: [unknown, "pending", 1, 0, "live", "pending"],
  not_judged: [unknown, "pending", 0, 0, "live", "pending"],
} as const satisfies Readonly<Record<CheckResult, Row>>;

/** The verification was canceled while Twilio judged: its first end stands, the code's end too. */
const afterCancel = {
  approved: [ended("canceled"), "canceled", 1, 0, "over", "canceled"],
  wrong: [ended("canceled"), "canceled", 1, 1, "live", "pending"],
  last_wrong: [ended("canceled"), "canceled", 1, 1, "live", "exhausted"],
  exhausted: [ended("canceled"), "canceled", 0, 0, "live", "exhausted"],
  canceled: [ended("canceled"), "canceled", 0, 0, "over", "canceled"],
  expired: [ended("canceled"), "canceled", 0, 0, "over", "expired"],
  gone: [ended("canceled"), "canceled", 0, 0, "over", "expired"],
  unknowable: [unknown, "canceled", 1, 0, "over", "canceled"],
  unknown: [unknown, "canceled", 1, 0, "live", "pending"],
  not_judged: [unknown, "canceled", 0, 0, "live", "pending"],
} as const satisfies Readonly<Record<CheckResult, Row>>;

/** The lease has ended: the attempt counts as wrong, and only a used code is news. */
const late = {
  approved: [ended("canceled"), "canceled", 1, 1, "over", "canceled"],
  wrong: [wrong, "pending", 1, 1, "live", "pending"],
  last_wrong: [wrong, "pending", 1, 1, "live", "pending"],
  exhausted: [unknown, "pending", 1, 1, "live", "pending"],
  canceled: [unknown, "pending", 1, 1, "live", "pending"],
  expired: [unknown, "pending", 1, 1, "live", "pending"],
  gone: [unknown, "pending", 1, 1, "live", "pending"],
  unknowable: [unknown, "pending", 1, 1, "live", "pending"],
  unknown: [unknown, "pending", 1, 1, "live", "pending"],
  not_judged: [unknown, "pending", 1, 1, "live", "pending"],
} as const satisfies Readonly<Record<CheckResult, Row>>;

const isResult = (name: string): name is CheckResult => Object.hasOwn(inTime, name);
const results = Object.keys(inTime).filter(isResult);

function settled(result: CheckResult, meanwhile: (play: LedgerPlay, id: string) => void): Left {
  const play = new LedgerPlay();
  const [id, other] = [play.start(), play.start({ caller: "known" })];
  const { attempt } = play.begin(id);
  const code = play.ledger.verifications[id]?.code ?? "";
  meanwhile(play, id);
  const told = play.settleCheck(id, attempt, result);
  const stored = play.ledger.codes[code];
  return {
    told: told.kind === "approved" ? { kind: "approved" } : told,
    status: play.status(id) ?? "",
    attempts: stored?.used.anonymous?.attempts ?? -1,
    failures: play.ledger.callers.anonymous?.failures ?? 0,
    code: stored?.engine === "verify" && stored.state.name === "over" ? "over" : "live",
    other: play.status(other) ?? "",
  };
}

const leftBy = (rows: Readonly<Record<CheckResult, Row>>, result: CheckResult) => {
  const [told, status, attempts, failures, code, other] = rows[result];
  return { told, status, attempts, failures, code, other };
};

describe.each(results)("Twilio's answer %s", (result) => {
  it("in time has the effect of its row", () => {
    expect(settled(result, () => undefined)).toEqual(leftBy(inTime, result));
  });

  it("after a DELETE leaves the verification canceled, and tells of the code", () => {
    expect(settled(result, (play, id) => void play.cancel(id))).toEqual(
      leftBy(afterCancel, result),
    );
  });

  it("after the lease's end opens nothing and gives nothing back", () => {
    expect(settled(result, (play) => play.wait(31 * second))).toEqual(leftBy(late, result));
  });
});

it("each answer but `gone` has a row of effects", () => {
  expect(new Set([...Object.keys(effects), "gone"])).toEqual(new Set(results));
});
