import { failedChecksDefaults, type FailedChecksConstants } from "../../src/config/guard-rules.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  asksAllCallers,
  judgeFailedChecks,
  readFailedChecks,
  countCheck,
  noFailedChecks,
  setFailedChecksLever,
  type FailedChecks,
} from "../../src/guard/failed-checks.ts";

const minute = 60_000;
const startMs = Date.UTC(2026, 10, 22, 12);

/** The checks of all numbers and their clock. The result of the rule is stored as JSON. */
class ChecksPlay {
  state: FailedChecks = noFailedChecks;
  nowMs = startMs;
  readonly constants: FailedChecksConstants;

  constructor(constants: Partial<FailedChecksConstants> = {}) {
    this.constants = { ...failedChecksDefaults, ...constants };
  }

  count(judged: "failed" | "approved", times = 1): boolean[] {
    return Array.from({ length: times }, () => {
      const frozen = Object.freeze(this.state);
      const { startsAsking, next } = countCheck(frozen, judged, this.constants, this.nowMs);
      this.state = JSON.parse(JSON.stringify(next)) as FailedChecks;
      expect(this.state).toEqual(next);
      return startsAsking;
    });
  }

  get asks(): boolean {
    return asksAllCallers(this.state, this.nowMs);
  }
}

describe("failed checks over all numbers", () => {
  it("require a captcha of every caller from the 200th in ten minutes on, and report it once", () => {
    const play = new ChecksPlay();
    expect(play.count("failed", 199)).not.toContain(true);
    expect(play.asks).toBe(false);
    expect(play.count("failed", 3)).toEqual([true, false, false]);
    expect(play.asks).toBe(true);
  });

  it("require none while the share of right codes is normal", () => {
    const play = new ChecksPlay();
    play.count("approved", 150);
    play.count("failed", 300);
    expect(play.asks).toBe(false);
    expect(play.count("failed")).toEqual([true]);
  });

  it("require none if they are spread over more than the window", () => {
    const play = new ChecksPlay();
    for (let times = 0; times < 60; times += 1) {
      play.count("failed", 19);
      play.nowMs += minute;
    }
    expect(play.asks).toBe(false);
    play.count("failed", 29);
    expect(play.asks).toBe(true);
  });

  it("require it until a quarter of an hour after the last failure over the limit", () => {
    const play = new ChecksPlay();
    play.count("failed", 200);
    play.nowMs += 5 * minute;
    play.count("failed");
    play.nowMs += 15 * minute - 1;
    expect(play.asks).toBe(true);
    play.nowMs += 1;
    expect(play.asks).toBe(false);
    expect(play.count("failed", 200).at(-1)).toBe(true);
  });

  it("an approval does not extend it", () => {
    const play = new ChecksPlay();
    play.count("failed", 200);
    play.nowMs += 5 * minute;
    play.count("approved");
    play.nowMs += 10 * minute;
    expect(play.asks).toBe(false);
  });

  it("an approval never starts it", () => {
    const play = new ChecksPlay({ leastFailed: 2, failedPerApproval: 0 });
    play.count("failed");
    expect(play.count("approved", 10)).not.toContain(true);
    expect(play.asks).toBe(false);
  });
});

describe("the operator's overrides", () => {
  it("can require a captcha without failures, until their end", () => {
    const play = new ChecksPlay();
    play.state = setFailedChecksLever(play.state, { set: "hold_up", untilMs: startMs + minute });
    expect(play.asks).toBe(true);
    play.nowMs += minute;
    expect(play.asks).toBe(false);
  });

  it("require a captcha exactly until their end, even with failures", () => {
    const play = new ChecksPlay();
    const untilMs = startMs + 60 * minute;
    play.state = setFailedChecksLever(play.state, { set: "hold_up", untilMs });
    play.count("failed", 300);
    play.nowMs = untilMs - 1;
    expect(play.asks).toBe(true);
  });

  it("can switch the rule off with any failures, until their end", () => {
    const play = new ChecksPlay();
    play.state = setFailedChecksLever(play.state, { set: "let_pass", untilMs: startMs + minute });
    expect(play.count("failed", 500)).not.toContain(true);
    expect(play.asks).toBe(false);
    play.nowMs += minute;
    expect(play.asks).toBe(true);
    const open = { set: "hold_up", untilMs: play.nowMs + minute } as const;
    const shut = setFailedChecksLever(play.state, {
      set: "let_pass",
      untilMs: play.nowMs + minute,
    });
    const opened = setFailedChecksLever(shut, open);
    expect(asksAllCallers(opened, play.nowMs)).toBe(true);
    expect(judgeFailedChecks(opened, "off", play.nowMs)).toBe("hold_up");
    expect(judgeFailedChecks(opened, "off", play.nowMs + minute)).toBeUndefined();
    const ended = setFailedChecksLever(opened, { set: "let_pass", untilMs: 0 });
    expect(judgeFailedChecks(ended, "challenge", 0)).toBe("challenge");
    expect(judgeFailedChecks(ended, "off", 0)).toBeUndefined();
  });

  it("can reset the rule", () => {
    const play = new ChecksPlay();
    play.count("failed", 500);
    play.state = setFailedChecksLever(play.state, { set: "reset" });
    expect(play.asks).toBe(false);
    expect(play.count("failed", 199)).not.toContain(true);
  });
});

describe("under any order of checks", () => {
  const constants = { windowMinutes: 3, leastFailed: 5, failedPerApproval: 1, askMs: 4 * minute };
  const steps = fc.array(
    fc.tuple(
      fc.constantFrom<"failed" | "approved">("failed", "failed", "approved"),
      fc.constantFrom(0, 0, 0, 1000, minute, 5 * minute),
    ),
    { maxLength: 60, size: "max" },
  );

  it("the rule starts exactly at the failures over the limit, and its state stays small", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const play = new ChecksPlay(constants);
        const seen: { judged: string; slot: number }[] = [];
        let askUntilMs = 0;
        for (const [judged, waitMs] of all) {
          play.nowMs += waitMs;
          play.count(judged);
          const slot = Math.floor(play.nowMs / minute);
          seen.push({ judged, slot });
          const recent = seen.filter((check) => check.slot > slot - 3);
          const failed = recent.filter((check) => check.judged === "failed").length;
          const tooMany = failed >= 5 && failed > recent.length - failed;
          if (judged === "failed" && tooMany) askUntilMs = play.nowMs + 4 * minute;
          expect(play.asks).toBe(play.nowMs < askUntilMs);
          const slots = [play.state.failed, play.state.approved];
          for (const each of slots) expect(Object.keys(each).length).toBeLessThanOrEqual(3);
        }
      }),
    );
  });

  it("approvals and failures of one moment give the same result in any order, until the rule starts", () => {
    fc.assert(
      fc.property(fc.nat(4), fc.nat(9), (failed, approved) => {
        const [one, other] = [new ChecksPlay(constants), new ChecksPlay(constants)];
        one.count("failed", failed);
        one.count("approved", approved);
        other.count("approved", approved);
        other.count("failed", failed);
        expect(one.state).toEqual(other.state);
      }),
    );
  });
});

describe("the stored state of an earlier version", () => {
  it("keeps its counts, its end and the operator's word", () => {
    const counted = { failed: { "1": 200 }, approved: {} };
    const stored = { ...counted, openUntilMs: 5, heldOpenUntilMs: 5, heldShutUntilMs: 3 };
    expect(readFailedChecks(stored)).toEqual({
      ...counted,
      askUntilMs: 5,
      toldToAskUntilMs: 5,
      toldNotToAskUntilMs: 3,
    });
    const quiet = { ...counted, openUntilMs: 0 };
    expect(readFailedChecks(quiet)).toEqual({ ...counted, askUntilMs: 0 });
  });

  it("is read once, and then stored as this version does", () => {
    const state = readFailedChecks(undefined);
    expect(readFailedChecks(state)).toBe(state);
  });
});
