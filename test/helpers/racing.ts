import {
  emptyBudget,
  reserveSpend,
  settleSpend,
  type Budget,
  type SpendRequest,
} from "../../src/guard/budget.ts";
import type { SpendPolicy } from "../../src/guard/spend-policy.ts";
import { applyMethod, type LedgerMethod, type RequestOf } from "../../src/ledger/methods.ts";
import { emptyLedger } from "../../src/ledger/state.ts";
import { pause } from "./recorder.ts";
import type { Outgoing, World } from "./world.ts";

/** The engines, each with its settings. */
export const engines = [
  { engine: "verify", env: {} },
  { engine: "messaging", env: { OTP_ENGINE: "messaging", TWILIO_FROM: "+15005550006" } },
] as const;

/**
 * The step between load and save of a fake Durable Object: nothing, as in the real objects, or an
 * `await`, as in a naive counter (`get`, add one, `put`).
 */
export type Between = "nothing" | "an await";

/** Keeps states in memory and applies the real rules to them. */
function keeper<State>(empty: () => State, between: Between) {
  const states = new Map<string, State>();
  return async <Outcome>(
    name: string,
    rule: (state: State) => { readonly outcome: Outcome; readonly next: State },
  ): Promise<Outcome> => {
    const before = structuredClone(states.get(name) ?? empty());
    if (between === "an await") await pause(0);
    const { outcome, next } = rule(before);
    states.set(name, next);
    return structuredClone(outcome);
  };
}

/** Returns a fake for the binding `PHONE_LEDGER`. */
export function ledgerStandIn(between: Between) {
  const apply = keeper(emptyLedger, between);
  return {
    getByName: (name: string) => ({
      run: <Method extends LedgerMethod>(method: Method, request: RequestOf<Method>) =>
        apply(name, (ledger) => applyMethod(method, request, ledger, Date.now())),
    }),
  };
}

/** Returns a fake for the binding `SEND_BUDGET`. */
export function budgetStandIn(between: Between) {
  const apply = keeper<Budget>(emptyBudget, between);
  return {
    getByName: (name: string) => ({
      reserve: (send: SpendRequest, policy: SpendPolicy) =>
        apply(name, (budget) => reserveSpend(budget, send, policy, Date.now())),
      checked: () => Promise.resolve({ startsAsking: false }),
      settle: (settled: { id: string; sent: boolean }) =>
        apply(name, (budget) => ({
          outcome: undefined,
          next: settleSpend(budget, settled, Date.now()),
        })),
    }),
  };
}

export function inParallel<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => work(index)));
}

/** Returns the header with another address for each index. */
export const from = (index: number): Record<string, string> => ({
  "CF-Connecting-IP": `203.0.${113 + Math.floor(index / 250)}.${1 + (index % 250)}`,
});

/** Returns the requests to Twilio that send a code. */
export function textsAskedFor(world: World): Outgoing[] {
  return world.outgoing.filter(({ url }) => /\/(Verifications|Messages\.json)$/.test(url));
}

/** Returns the requests to Twilio that check a code. The engine `messaging` never makes one. */
export function judgementsAskedFor(world: World): Outgoing[] {
  return world.outgoing.filter(({ url }) => url.endsWith("/VerificationCheck"));
}

/** Counts answers by kind, such as `201` or `422 wrong_code`. */
export async function tally(answers: readonly Response[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const answer of answers) {
    const kind = await kindOf(answer);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

export async function kindOf(answer: Response): Promise<string> {
  if (answer.ok) return String(answer.status);
  const { code } = await answer.json<{ code: string }>();
  return `${answer.status} ${code}`;
}

/** Returns how many more sends the day allows, by making them, each to another number. */
export async function leftToday(world: World): Promise<number> {
  for (let sends = 0; sends < 20; sends += 1) {
    const number = `+12025550${100 + sends}`;
    const answer = await world.post("/v1/verifications", { to: number }, from(200 + sends));
    if (answer.status !== 201) return sends;
  }
  throw new Error("the day has room for more than is counted");
}
