import fc from "fast-check";
import { expect, it } from "vitest";
import { graceMs, refreshFamily } from "../../src/session/refresh.ts";
import { prune, type Sessions } from "../../src/session/family.ts";
import { day, hour, lifetimes, minute, second, SessionsPlay } from "./sessions-play.ts";
import { runs } from "../helpers/runs.ts";

/** The fate of a call: it was done, it was done and its answer lost, or it never arrived. */
const fates = ["answered", "answer lost", "never arrived"] as const;
type Fate = (typeof fates)[number];

type Action =
  | { readonly kind: "open"; readonly fate: Fate }
  | { readonly kind: "reopen" | "sign out"; readonly session: number; readonly fate: Fate }
  | { readonly kind: "sign out another"; readonly session: number; readonly other: number }
  | { readonly kind: "everywhere"; readonly session: number; readonly fate: Fate }
  /** By the honest client, with its newest token. */
  | { readonly kind: "refresh"; readonly session: number; readonly fate: Fate }
  /** By an attacker with a stolen token of any generation so far, or of the next. */
  | { readonly kind: "replay"; readonly session: number; readonly generation: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "prune" };

const index = fc.nat(2);
const fate = fc.constantFrom(...fates);
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("open" as const), fate }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("refresh" as const), session: index, fate }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("replay" as const),
      session: index,
      generation: fc.integer({ min: 1, max: 8 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("reopen" as const, "sign out" as const),
      session: index,
      fate,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("sign out another" as const),
      session: index,
      other: index,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("everywhere" as const), session: index, fate }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(1, second, graceMs - 1, graceMs, minute, hour) },
        { weight: 1, arbitrary: fc.constantFrom(day, 6 * day, 7 * day) },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("prune" as const) }) },
);

/** The client's view of one session. */
interface Known {
  readonly id: string;
  readonly openedAtMs: number;
  /** The newest generation whose token the client has received. */
  held: number;
  /** When a token was last spent for its successor. */
  lastRotationMs: number;
  isOver: boolean;
}

class Life {
  readonly play = new SessionsPlay();
  readonly known: Known[] = [];

  do(action: Action): void {
    if (action.kind === "open") return this.open(action.fate);
    if (action.kind === "wait") return this.play.wait(action.ms);
    if (action.kind === "prune") return void this.play.prune();
    const session = this.known[action.session];
    if (session !== undefined) this.doWith(session, action);
  }

  private open(fateOfIt: Fate): void {
    const id = this.play.name("session");
    if (fateOfIt === "never arrived") return;
    this.play.open(id);
    const { nowMs } = this.play;
    const isHeld = fateOfIt === "answered";
    this.known.push({
      id,
      openedAtMs: nowMs,
      held: isHeld ? 1 : 0,
      lastRotationMs: nowMs,
      isOver: false,
    });
  }

  private doWith(session: Known, action: Exclude<Action, { kind: "open" | "wait" | "prune" }>) {
    const { play } = this;
    if ("fate" in action && action.fate === "never arrived") return;
    switch (action.kind) {
      case "reopen": {
        // A retry follows at once: the runtime does not keep a call for days.
        if (play.nowMs > session.openedAtMs) return;
        const outcome = play.tryOpen(session.id);
        expect(outcome.kind).toBe(session.isOver ? "revoked" : "live");
        return;
      }
      case "sign out":
        play.signOut(session.id);
        session.isOver = true;
        return;
      case "sign out another": {
        const other = this.known[action.other];
        if (other === undefined) return;
        const { kind } = play.signOut(session.id, other.id);
        if (this.timeIsOver(session) || session.isOver)
          expect(kind).toBe(session === other ? "signed_out" : "not_live");
        if (kind === "signed_out") other.isOver = true;
        return;
      }
      case "everywhere": {
        const hadBegun = play.sessions.tombstones[session.id]?.everywhere !== undefined;
        const { kind } = play.everywhere(session.id);
        if (kind === "signed_out" && !hadBegun) for (const each of this.known) each.isOver = true;
        return;
      }
      case "refresh":
        if (session.held > 0) this.spend(session, session.held, action.fate === "answered");
        return;
      case "replay":
        this.spend(session, action.generation, false);
    }
  }

  private spend(session: Known, generation: number, isHeard: boolean): void {
    const before = this.play.sessions.families[session.id];
    const outcome = this.play.refresh(session.id, generation);
    if (outcome.kind === "refused") {
      // A wrong generation of a live family ends it.
      if (outcome.reason === "reused") session.isOver = true;
      return;
    }
    expect(session.isOver, "nothing lives after its end").toBe(false);
    expect(this.timeIsOver(session), "nothing lives after its time").toBe(false);
    expect(outcome.family.generation).toBe(generation + 1);
    if (outcome.isRepetition) {
      expect(outcome.family).toEqual(before);
      expect(this.play.nowMs - session.lastRotationMs).toBeLessThan(10 * second);
    } else session.lastRotationMs = this.play.nowMs;
    if (isHeard) session.held = outcome.family.generation;
  }

  private timeIsOver({ openedAtMs, lastRotationMs }: Known): boolean {
    const { nowMs } = this.play;
    return (
      nowMs >= openedAtMs + lifetimes.maxSeconds * 1000 ||
      nowMs >= lastRotationMs + lifetimes.idleSeconds * 1000
    );
  }

  /** The invariants after every action. */
  check(): void {
    for (const { id } of this.known) {
      const now = this.#spendable(this.play.sessions, id);
      const rotations = now.filter(({ isRepetition }) => !isRepetition);
      expect(rotations.length, "live generations of a family").toBeLessThanOrEqual(1);
      const newest = rotations[0]?.generation ?? 0;
      for (const { generation } of now) expect([newest, newest - 1]).toContain(generation);
    }
  }

  /** Pruning changes no answer. */
  checkPruning(): void {
    const { sessions, nowMs } = this.play;
    const pruned = prune(sessions, nowMs).next;
    for (const { id } of this.known)
      expect(this.#spendable(pruned, id)).toEqual(this.#spendable(sessions, id));
  }

  /** Which generations of a family would be accepted now. */
  #spendable(sessions: Sessions, id: string) {
    const last = (sessions.families[id]?.generation ?? 0) + 1;
    return Array.from({ length: last + 1 }, (_, generation) => {
      const request = { id, generation, lifetimes };
      const { outcome } = refreshFamily(sessions, request, this.play.nowMs);
      return outcome.kind === "live" ? [{ generation, isRepetition: outcome.isRepetition }] : [];
    }).flat();
  }
}

it("a family has one live token at most and none after its end, in any interleaving", () => {
  const histories = runs(1000);
  let refreshed = 0;
  let ended = 0;
  fc.assert(
    fc.property(fc.array(anyAction, { minLength: 8, maxLength: 24 }), (actions) => {
      const life = new Life();
      life.do({ kind: "open", fate: "answered" });
      for (const each of actions) {
        life.do(each);
        life.check();
      }
      life.checkPruning();
      refreshed += life.known.filter(({ held }) => held > 1).length;
      ended += life.known.filter(({ isOver }) => isOver).length;
    }),
    { numRuns: histories },
  );
  // The walk has visited the states of interest.
  expect(refreshed).toBeGreaterThan(histories / 10);
  expect(ended).toBeGreaterThan(histories / 10);
});
