import fc from "fast-check";
import { expect, it } from "vitest";
import { LedgerPlay, minute, second, signIn } from "./play.ts";
import { runs } from "../helpers/runs.ts";

type Sent = ReturnType<LedgerPlay["sent"]>;

interface OnItsWay {
  readonly id: string;
  readonly send: string;
  readonly binding: string;
  answer?: Sent;
}

const steps = [second, 10 * second, 31 * second, 5 * minute];

it("however sends, approvals and answers overtake each other, no code is pending for two transactions", () => {
  const step = fc.tuple(fc.nat(5), fc.nat(7));
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (script) => {
      const play = new LedgerPlay();
      const handles: { id: string; binding: string }[] = [];
      const open: OnItsWay[] = [];
      const messages = new Map<string, Set<string>>();
      const reserved = (sent: OnItsWay, outcome: { kind: string; cancelFirst?: unknown }) => {
        if (outcome.kind !== "send") return;
        if (outcome.cancelFirst !== undefined) play.sids.delete(signIn);
        play.wait(1);
        open.push(sent);
      };
      for (const [what, choice] of script) {
        const handle = handles.at(-1 - (choice % 3));
        const sent = open[choice % Math.max(1, open.length)];
        if (what === 0) {
          const binding = choice % 2 === 0 ? "one" : "another";
          const { id, send, outcome } = play.reserve({ caller: "service", binding });
          reserved({ id, send, binding }, outcome);
          if (outcome.kind === "send") handles.push({ id, binding });
        } else if (what === 1 && handle !== undefined) {
          const { send, outcome } = play.reserveResend(handle.id);
          reserved({ ...handle, send }, outcome);
        } else if (what === 2 && sent !== undefined && sent.answer === undefined) {
          sent.answer = play.sent();
          const sid = sent.answer.reference ?? "";
          messages.set(sid, (messages.get(sid) ?? new Set()).add(sent.binding));
        } else if (what === 3 && sent?.answer !== undefined) {
          play.settle(sent.id, sent.send, sent.answer);
          open.splice(open.indexOf(sent), 1);
        } else if (what === 4 && handle !== undefined) {
          if (play.check(handle.id, "approved").kind === "approved") play.sids.delete(signIn);
        } else if (what === 5) play.wait(steps[choice % steps.length] ?? 0);
        // No send is on its way for longer than its reservation.
        if (open.some(({ answer }) => answer === undefined) && what === 5) return;
        if (open.length > 0) continue;
        for (const { id, binding } of handles) {
          if (play.status(id) !== "pending") continue;
          const { code = "" } = play.ledger.verifications[id] ?? {};
          const told = messages.get(play.ledger.codes[code]?.reference ?? "") ?? new Set();
          expect([...told].filter((other) => other !== binding)).toEqual([]);
        }
      }
    }),
    { numRuns: runs(2000) },
  );
});
