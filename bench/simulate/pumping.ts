import { GuardedWorker, type Layers } from "./guarded.ts";
import { seeded } from "./random.ts";
import {
  attackDay,
  byTime,
  dayMs,
  honestDay,
  signUpDay,
  type Arrival,
  type Attack,
} from "./traffic.ts";

export interface Rehearsal {
  readonly attack: Attack;
  readonly layers: Layers;
  /** The Worker's state from earlier days. */
  readonly past: GuardedWorker | undefined;
  readonly seed: number;
}

export interface Tally {
  readonly attackStarts: number;
  readonly attackTexts: number;
  readonly honest: number;
  readonly honestRefused: number;
  readonly honestChallenged: number;
  /** Keys of the conversion limit at the end of the day. */
  readonly conversionKeys: number;
}

/** A thousand users a day in two thousand prefixes. Four of five users enter their code. */
export const crowd = { people: 1000, prefixes: 2000, approvedShare: 0.8 };
const historyDays = 14;
const approvalDelayMs = 30_000;
const startMs = Date.UTC(2026, 10, 23);

/** Two weeks of honest users alone, with all rules on. */
export async function honestPast(layers: Layers, seed: number): Promise<GuardedWorker> {
  const random = seeded(seed);
  const worker = new GuardedWorker(layers, startMs - historyDays * dayMs);
  for (let day = historyDays; day > 0; day -= 1)
    await play(worker, byTime(honestDay(random, startMs - day * dayMs, day, crowd)));
  return worker;
}

/** One day of attack beside honest users, with the real rules. */
export async function rehearse({ attack, layers, past, seed }: Rehearsal): Promise<Tally> {
  const random = seeded(seed);
  const worker = new GuardedWorker(layers, startMs, past);
  const honest = honestDay(random, startMs, 0, crowd);
  const arrivals = byTime([...honest, ...attackDay(random, startMs, attack)]);
  const outcomes = await play(worker, arrivals);
  worker.nowMs = startMs + dayMs;
  return tallyOf({ attack, layers, past, seed }, worker, outcomes);
}

function tallyOf(
  { attack }: Rehearsal,
  worker: GuardedWorker,
  outcomes: readonly [Arrival, Ending][],
): Tally {
  const of = (isAttack: boolean, kind: (outcome: Ending) => boolean) =>
    outcomes.filter(([arrival, outcome]) => arrival.isAttack === isAttack && kind(outcome)).length;
  return {
    attackStarts: attack.starts,
    attackTexts: of(true, (ending) => ending !== "refused" && ending !== "challenged"),
    honest: crowd.people,
    honestRefused: of(false, (ending) => ending === "refused"),
    honestChallenged: of(false, (ending) => ending === "sent after a captcha"),
    conversionKeys: worker.conversionKeys(),
  };
}

/**
 * A SIM farm. On the first day each of its numbers verifies once, with all rules on. From the next day
 * on the attacker sends the device tokens of that day and enters no code. Returns one tally a day.
 */
export async function rehearseFarm(rehearsal: Rehearsal, days: number): Promise<Tally[]> {
  const { attack, layers, past, seed } = rehearsal;
  const random = seeded(seed);
  const worker = new GuardedWorker(layers, startMs - dayMs, past);
  await play(worker, byTime(signUpDay(random, startMs - dayMs, attack)));
  const tallies: Tally[] = [];
  for (let day = 0; day < days; day += 1) {
    const dayStartMs = startMs + day * dayMs;
    const pumped = attackDay(random, dayStartMs, attack).map((arrival) => ({
      ...arrival,
      showsDevice: true,
    }));
    const honest = honestDay(random, dayStartMs, -1 - day, crowd);
    const outcomes = await play(worker, byTime([...honest, ...pumped]));
    worker.nowMs = dayStartMs + dayMs;
    tallies.push(tallyOf(rehearsal, worker, outcomes));
  }
  return tallies;
}

type Ending = "sent" | "sent after a captcha" | "challenged" | "refused";

async function play(
  worker: GuardedWorker,
  arrivals: readonly Arrival[],
): Promise<[Arrival, Ending][]> {
  // All codes take the same time, so users enter them in the order of the sends.
  const pending: { atMs: number; approve: () => void }[] = [];
  let settled = 0;
  const approveUntil = (untilMs: number) => {
    for (;;) {
      const next = pending[settled];
      if (next === undefined || next.atMs > untilMs) return;
      worker.nowMs = next.atMs;
      next.approve();
      settled += 1;
    }
  };
  const endings: [Arrival, Ending][] = [];
  for (const arrival of arrivals) {
    approveUntil(arrival.atMs);
    worker.nowMs = arrival.atMs;
    const outcome = await worker.start(arrival);
    if (outcome.kind === "sent" && arrival.approves)
      pending.push({ atMs: arrival.atMs + approvalDelayMs, approve: outcome.approve });
    const isPlain = outcome.kind !== "sent" || !outcome.wasChallenged;
    endings.push([arrival, isPlain ? outcome.kind : "sent after a captcha"]);
  }
  approveUntil(Number.POSITIVE_INFINITY);
  return endings;
}
