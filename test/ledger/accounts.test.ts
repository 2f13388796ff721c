import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accountOf,
  clientStop,
  mayBeJudged,
  recordFailure,
  recordSuccess,
  waitToCheckMs,
} from "../../src/ledger/accounts.ts";
import { serviceCaller } from "../../src/ledger/caller-reference.ts";
import { maxSubjects } from "../../src/ledger/evict-subject.ts";
import { emptyLedger, type CallerRef, type Ledger } from "../../src/ledger/state.ts";
import { day, hour, LedgerPlay, minute, startMs } from "./play.ts";

/** One guess of a client's user. */
interface Guess {
  readonly client: string;
  readonly subject: number;
  readonly kind: "wrong" | "right";
  readonly waitMs: number;
}

const refOf = ({ client, subject }: Pick<Guess, "client" | "subject">): CallerRef =>
  subject === 0 ? `service:${client}` : `service:${client}:user${subject}`;

function checkGuess(ledger: Ledger, guess: Guess, nowMs: number): boolean {
  const caller = refOf(guess);
  if (waitToCheckMs(ledger, caller, nowMs) > 0 || !mayBeJudged(ledger, caller)) return false;
  if (guess.kind === "right") recordSuccess(ledger, caller);
  else recordFailure(ledger, caller, nowMs);
  return true;
}

const subjectsIn = ({ clients = {} }: Ledger): string[] =>
  Object.entries(clients).flatMap(([client, { subjects }]) =>
    Object.keys(subjects).map((subject) => `${client} ${subject}`),
  );

const guessOf = (clients: readonly string[], subjects: number, kinds: readonly Guess["kind"][]) =>
  fc.record<Guess>({
    client: fc.constantFrom(...clients),
    subject: fc.nat(subjects - 1),
    kind: fc.constantFrom(...kinds),
    waitMs: fc.constantFrom(0, 0, minute, 16 * minute, hour, day),
  });

describe("the accounts of clients", () => {
  it("never allow a client more than 100 wrong codes, with any number of subjects", () => {
    const guesses = fc.array(guessOf(["shop", "bank"], 40, ["wrong"]), {
      minLength: 150,
      maxLength: 400,
      size: "max",
    });
    let most = 0;
    fc.assert(
      fc.property(guesses, (several) => {
        const ledger = emptyLedger();
        const judged: Record<string, number> = { shop: 0, bank: 0 };
        let nowMs = startMs;
        for (const guess of several) {
          nowMs += guess.waitMs;
          if (checkGuess(ledger, guess, nowMs))
            judged[guess.client] = (judged[guess.client] ?? 0) + 1;
          expect(subjectsIn(ledger).length).toBeLessThanOrEqual(maxSubjects);
        }
        for (const count of Object.values(judged)) {
          expect(count).toBeLessThanOrEqual(clientStop);
          most = Math.max(most, count);
        }
      }),
    );
    expect(most).toBe(clientStop);
  });

  it("keep at most 16 subjects, and lose wrong codes only to a right code", () => {
    const guesses = fc.array(guessOf(["shop", "bank", "club"], 12, ["wrong", "wrong", "right"]), {
      minLength: 60,
      maxLength: 300,
      size: "max",
    });
    fc.assert(
      fc.property(guesses, (several) => {
        const ledger = emptyLedger();
        let nowMs = startMs;
        let [recorded, forgotten] = [0, 0];
        for (const guess of several) {
          nowMs += guess.waitMs;
          const { failures } = accountOf(ledger, refOf(guess));
          if (!checkGuess(ledger, guess, nowMs)) continue;
          if (guess.kind === "right") forgotten += failures;
          else recorded += 1;
          expect(subjectsIn(ledger).length).toBeLessThanOrEqual(maxSubjects);
          const kept = Object.values(ledger.clients ?? {}).flatMap(({ remainder, subjects }) => [
            remainder,
            ...Object.values(subjects).map((subject) => subject.failures),
          ]);
          expect(kept.reduce((sum, count) => sum + count, 0)).toBe(recorded - forgotten);
        }
      }),
    );
  });

  it("never let one client affect another client, with up to its share of subjects", () => {
    // Each of two clients may have half of the accounts. The attacker names any number of subjects.
    const mine = guessOf(["bank"], maxSubjects / 2, ["wrong", "wrong", "wrong", "right"]);
    const theirs = guessOf(["shop"], 60, ["wrong", "wrong", "wrong", "right"]);
    const guesses = fc.array(fc.oneof(mine, theirs), {
      minLength: 100,
      maxLength: 400,
      size: "max",
    });
    fc.assert(
      fc.property(guesses, (several) => {
        const [shared, alone] = [emptyLedger(), emptyLedger()];
        let nowMs = startMs;
        for (const guess of several) {
          nowMs += guess.waitMs;
          const isJudged = checkGuess(shared, guess, nowMs);
          if (guess.client !== "bank") continue;
          expect(isJudged).toBe(checkGuess(alone, guess, nowMs));
          const caller = refOf(guess);
          expect(accountOf(shared, caller)).toEqual(accountOf(alone, caller));
        }
      }),
    );
  });

  it("count the attempts in flight of all subjects towards the client's hard stop", () => {
    const play = new LedgerPlay();
    for (const subject of ["m1", "m2", "m3", "m4"])
      for (const failures of [10, 10, subject === "m4" ? 4 : 5]) {
        play.fail(failures, `service:shop:${subject}`);
        play.wait(hour);
      }
    const [first, other] = [
      play.start({ caller: "service:shop:ann", service: "VA-one" }),
      play.start({ caller: "service:shop:bob", service: "VA-two" }),
    ];
    expect(play.begin(first).outcome.kind).toBe("ask");
    expect(play.begin(other).outcome).toEqual({ kind: "locked", retryAfterMs: minute });
  });
});

describe("the subject that the seventeenth replaces", () => {
  /** Sixteen users of the shop, each with a wrong code. The first is locked. */
  function full(): LedgerPlay {
    const play = new LedgerPlay();
    play.fail(10, "service:shop:user1");
    for (let user = 2; user <= maxSubjects; user += 1) {
      play.wait(1000);
      play.fail(1, `service:shop:user${user}`);
    }
    return play;
  }

  it("has the oldest last wrong code of all subjects without a lock", () => {
    const play = full();
    play.fail(1, "service:shop:late");
    expect(subjectsIn(play.ledger)).not.toContain("shop user2");
    expect(subjectsIn(play.ledger)).toContain("shop user1");
    expect(play.ledger.clients?.shop).toMatchObject({ remainder: 1 });
  });

  it("may be a formerly locked subject after its lock has ended", () => {
    const play = full();
    play.wait(15 * minute);
    play.fail(1, "service:shop:late");
    expect(subjectsIn(play.ledger)).not.toContain("shop user1");
    expect(play.ledger.clients?.shop).toMatchObject({ remainder: 10 });
  });

  it("belongs to the client with the most subjects", () => {
    const play = full();
    play.fail(1, "service:bank:late");
    expect(subjectsIn(play.ledger)).toHaveLength(maxSubjects);
    expect(subjectsIn(play.ledger)).toContain("bank late");
    expect(play.ledger.clients).toMatchObject({ shop: { remainder: 1 }, bank: { remainder: 0 } });
  });
});

describe("the reference of a service caller", () => {
  const key = new Uint8Array(32).fill(7);

  it("identifies client and subject without showing them", async () => {
    const references = await Promise.all([
      serviceCaller("shop", "ann", key),
      serviceCaller("shop", "bob", key),
      serviceCaller("shop", undefined, key),
      serviceCaller("bank", "ann", key),
      serviceCaller("shop", "ann", new Uint8Array(32).fill(8)),
    ]);
    expect(new Set(references).size).toBe(5);
    const [ann, bob, none, bank] = references.map((reference) => reference.split(":"));
    expect(ann?.[1]).toBe(bob?.[1]);
    expect(none).toEqual(["service", ann?.[1]]);
    expect(bank?.[2]).not.toBe(ann?.[2]);
    for (const reference of references) expect(reference).not.toMatch(/shop|bank|ann|bob/);
    expect(await serviceCaller("shop", "ann", key)).toBe(references[0]);
  });
});
