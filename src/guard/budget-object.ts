/* Long because one call judges a start by all of this, so that no other call runs in between. */
import {
  emptyBudget,
  reserveSpend,
  settleSpend,
  spendApproval,
  type Budget,
  type BudgetOutcome,
  type HeldUp,
  type MatchedRule,
  type SentAs,
  type SpendRequest,
} from "./budget.ts";
import type { RulesJudgedBy } from "../config/guard.ts";
import { standardChannel } from "../contract/channels.ts";
import type { Closure } from "./closure-store.ts";
import { ClosureWatch } from "./closure-watch.ts";
import type { Outlook } from "./closures.ts";
import { ConversionStore } from "./conversion-store.ts";
import {
  resetLevels,
  setLever,
  viewConversion,
  waitForHalfMs,
  type Conversion,
} from "./conversion.ts";
import { StoredUses, type UseOutcome } from "./daily-uses.ts";
import {
  askedForMs,
  countCheck,
  judgeFailedChecks,
  readFailedChecks,
  setFailedChecksLever,
  type FailedChecks,
} from "./failed-checks.ts";
import { DeadLetterObject } from "../outbox/dead-letter-object.ts";
import type { ListedLetter } from "../outbox/dead-letters.ts";
import { budgetAlarm } from "./budget-alarm.ts";
import { overview, type GuardOverview } from "./overview.ts";
import { strongest, verdictOf, type Lever, type Verdict } from "./rule-mode.ts";
import { exemptionsOf, standingOf, type Standing } from "./standing.ts";
import type { TestCapOutcome } from "./test-cap.ts";
import { TestCapStore } from "./test-cap-store.ts";
import type { SpendPolicy } from "./spend-policy.ts";
import { Tally } from "./tally.ts";

const budgetKey = "budget";
const checksKey = "failed-checks";
/** How long an isolate may remember that all callers must pass a captcha. */
const captchaForAllMs = 60_000;

/** A country, the key of a prefix with the prefix sealed, or the world's failed checks. */
export type LeverTarget =
  | { readonly conversion: string; readonly sealed?: string }
  | "failed_checks";

/** A check that was judged. `verification` is the random part of the verification's id. */
export interface JudgedCheck {
  readonly verification: string;
  readonly country: string;
  readonly ending: "approved" | "failed";
  /** Twilio Verify approved the code and charges for it. */
  readonly isCharged: boolean;
}

/** The evaluators of the worldwide rules. */
const worldRules = { failed_checks: judgeFailedChecks } satisfies Record<
  RulesJudgedBy<"world">,
  unknown
>;

/**
 * The Durable Object with the day's sends and the guard's worldwide state. It is exact for parallel callers,
 * because there is one object, and no await between load and save. If it fails, the caller gets an exception
 * and sends nothing.
 */
export abstract class SendBudgetObject extends DeadLetterObject {
  readonly #testCap = new TestCapStore(this.ctx.storage);
  readonly #tally = new Tally();
  readonly #uses = new StoredUses(this.ctx.storage);
  readonly #watch = new ClosureWatch(this.ctx.storage, this.outbox);
  #store: { readonly constants: string; readonly store: ConversionStore } | undefined;

  /** The way to the operator's webhook and to the receiver of events. */
  protected abstract readonly network: typeof fetch;

  reserve(send: SpendRequest, policy: SpendPolicy): BudgetOutcome {
    const nowMs = this.now();
    const outcome = this.#judge(send, policy, nowMs);
    if (outcome.kind === "reserved") return outcome;
    const store = this.#conversion(policy);
    const prefix = send.prefix?.key ?? store.prefixOf("verification", send.verification);
    this.#tally.prefix(prefix, "refused", nowMs);
    return outcome;
  }

  /** Judges counts, money, failed checks and conversion. The first refusal is the answer. */
  #judge(request: SpendRequest, policy: SpendPolicy, nowMs: number): BudgetOutcome {
    const send = { ...request, ...this.#sentAs(request, policy) };
    const budget = this.#load();
    const { outcome, next } = reserveSpend(budget, send, policy, nowMs);
    const isNews =
      outcome.kind === "send_budget_exhausted" &&
      (outcome.isFirst || (outcome.alerts ?? []).length > 0);
    if (outcome.kind !== "reserved") {
      if (isNews) this.#save(next);
      this.#tally.refused(outcome.kind, send.country, nowMs);
      return outcome;
    }
    const judged = this.#breakers(send, policy, nowMs);
    if (judged.kind === "held_up") return judged;
    this.#save(next);
    if (!exemptionsOf(send.standing).isClaim) return { ...outcome, ...judged };
    const asStranger = reserveSpend(budget, asSentByStranger(send), policy, nowMs).outcome;
    if (asStranger.kind === "reserved") return { ...outcome, ...judged };
    return { ...outcome, ...judged, ifStranger: asStranger };
  }

  /** A resend takes what it does not name from its verification's last send. */
  #sentAs({ verification, standing, channel, texts }: SpendRequest, policy: SpendPolicy): SentAs {
    if (standing !== undefined && channel !== undefined && texts !== undefined)
      return { standing, channel, texts };
    const last = this.#conversion(policy).lastSendOf(verification);
    return {
      standing: standing ?? last?.standing ?? "stranger",
      channel: channel ?? last?.channel ?? standardChannel,
      texts: texts ?? last?.texts ?? 1,
    };
  }

  /** Judges failed checks and conversion. */
  #breakers(
    send: SpendRequest & SentAs,
    policy: SpendPolicy,
    nowMs: number,
  ):
    | HeldUp
    | Pick<Extract<BudgetOutcome, { kind: "reserved" }>, "kind" | "matched" | "ifStranger"> {
    const { rules } = policy;
    const store = this.#conversion(policy);
    const { rules: treated, isClaim } = exemptionsOf(send.standing);
    const checks = this.#checks();
    const as = worldRules.failed_checks(checks, rules.failed_checks, nowMs);
    const asking: readonly MatchedRule[] = as ? [{ rule: "failed_checks", as }] : [];
    const asks = as ? verdictOf(as, send.captcha) : "pass";
    const asked = heldUp(asks, asking, asking, captchaForAllMs);
    if (asked !== undefined && treated.failed_checks === "judged") {
      this.#tally.refused("failed_checks", send.country, nowMs);
      return asked;
    }
    const about = { ...send, modes: rules };
    const asStranger = isClaim ? store.judge(asSentByStranger(about), nowMs) : undefined;
    const conversion = store.reserve(about, nowMs);
    const matched = [...asking, ...conversion.matched];
    const held = heldUp(conversion.verdict, conversion.heldBy, matched, conversion.retryAfterMs);
    if (held !== undefined) {
      for (const { rule } of conversion.heldBy) this.#tally.refused(rule, send.country, nowMs);
      this.#watch.noteHeldUp(send, conversion, store, policy, nowMs);
      return held;
    }
    const verdict = strongest([asks, asStranger?.verdict ?? "pass"]);
    const heldBy = asStranger?.verdict === verdict ? asStranger.heldBy : asking;
    const ifStranger = heldUp(
      verdict,
      heldBy,
      matched,
      asStranger?.retryAfterMs || captchaForAllMs,
    );
    return { kind: "reserved", matched, ...(ifStranger && { ifStranger }) };
  }

  settle(settled: { id: string; sent: boolean }, policy: SpendPolicy): void {
    const nowMs = this.now();
    const budget = this.#load();
    this.#save(settleSpend(budget, settled, nowMs));
    const store = this.#conversion(policy);
    // A retried settlement counts once.
    const isNews = budget.open[settled.id] !== undefined;
    if (settled.sent && isNews)
      this.#tally.prefix(store.prefixOf("send", settled.id), "sent", nowMs);
    if (!settled.sent) store.giveBack(settled.id, nowMs);
  }

  reserveTest(id: string): TestCapOutcome {
    return this.#testCap.reserve(id, this.now());
  }

  releaseTest(id: string): void {
    this.#testCap.release(id, this.now());
  }

  /** Counts a judged check. `startsAsking`: from now on all callers must pass a captcha. */
  checked(check: JudgedCheck, policy: SpendPolicy): { startsAsking: boolean } {
    const nowMs = this.now();
    if (check.isCharged && policy.money?.verifyMicroPrices !== undefined)
      this.#save(spendApproval(this.#load(), check.country, nowMs));
    if (check.ending === "approved") {
      const store = this.#conversion(policy);
      const prefix = store.prefixOf("verification", check.verification);
      this.#tally.prefix(prefix, "approved", nowMs);
      store.approve(check.verification, nowMs);
      this.#tally.approved(check.country, nowMs);
    }
    const { startsAsking, next } = countCheck(
      this.#checks(),
      check.ending,
      policy.failedChecks,
      nowMs,
    );
    this.ctx.storage.kv.put(checksKey, next);
    if (startsAsking) this.#watch.noteCaptchaForAll(policy, nowMs);
    return { startsAsking };
  }

  /** Takes one of the day's uses of a service key's client, in the client's own object. */
  takeUse(most: number): UseOutcome {
    return this.#uses.take(most, this.now());
  }

  giveBackUse(takenOn: string): void {
    this.#uses.giveBack(takenOn, this.now());
  }

  override alarm(): Promise<void> {
    const outside = { fetch: this.network, now: () => this.now() };
    const look = (closure: Closure, guard: Pick<SpendPolicy, "conversion">) =>
      this.#outlook(closure, guard);
    const { storage, id } = this.ctx;
    const [watch, outbox, settings] = [this.#watch, this.outbox, this.env];
    const list = async (letters: readonly ListedLetter[]) => this.listDeadLetters(letters);
    const home = { store: "send_budget", object: id.toString(), list } as const;
    return budgetAlarm({ storage, watch, outbox, settings, outside, look, home });
  }

  #outlook({ rule, key }: Closure, { conversion }: Pick<SpendPolicy, "conversion">): Outlook {
    const nowMs = this.now();
    if (rule === "failed_checks") {
      const leftMs = askedForMs(this.#checks(), nowMs);
      return { endsInMs: leftMs, roomInMs: leftMs };
    }
    const state = this.#conversion({ conversion }).stateOf(key);
    const roomInMs = viewConversion(state, conversion, nowMs).retryAfterMs;
    return { endsInMs: waitForHalfMs(state, conversion, nowMs), roomInMs };
  }

  overview(policy: SpendPolicy): GuardOverview {
    const nowMs = this.now();
    return overview(
      {
        budget: this.#load(),
        checks: this.#checks(),
        keys: this.#conversion(policy).list(200),
        tally: this.#tally.today(nowMs),
      },
      policy,
      nowMs,
    );
  }

  pull(target: LeverTarget, lever: Lever, policy: SpendPolicy): void {
    const key = target === "failed_checks" ? target : target.conversion;
    this.#watch.noteLever(key, this.now());
    if (target === "failed_checks") {
      const next = setFailedChecksLever(this.#checks(), lever);
      this.ctx.storage.kv.put(checksKey, next);
      return;
    }
    const change = (state: Conversion): Conversion => {
      if (lever.set === "reset") return resetLevels(state);
      const holds = lever.set === "let_pass" ? "open" : "closed";
      return setLever(state, { holds, untilMs: lever.untilMs });
    };
    this.#conversion(policy).change(key, change, target.sealed);
  }

  /** The constants come with each call, so they may have changed since the last one. */
  #conversion({ conversion }: Pick<SpendPolicy, "conversion">): ConversionStore {
    const constants = JSON.stringify(conversion);
    if (this.#store?.constants !== constants)
      this.#store = { constants, store: new ConversionStore(this.ctx.storage.sql, conversion) };
    return this.#store.store;
  }

  #checks(): FailedChecks {
    return readFailedChecks(this.ctx.storage.kv.get<FailedChecks>(checksKey));
  }

  #load(): Budget {
    return this.ctx.storage.kv.get<Budget>(budgetKey) ?? emptyBudget();
  }

  #save(budget: Budget): void {
    this.ctx.storage.kv.put(budgetKey, budget);
  }
}

function heldUp(
  verdict: Verdict,
  [by]: readonly MatchedRule[],
  matched: readonly MatchedRule[],
  retryAfterMs: number,
): HeldUp | undefined {
  if (verdict === "pass") return undefined;
  return { kind: "held_up", verdict, ...(by && { by }), matched, retryAfterMs };
}

/** Returns the send as if the caller's device token were refused. A resend has no captcha. */
function asSentByStranger<Send extends SpendRequest>(send: Send): Send & { standing: Standing } {
  const captcha = send.prefix === undefined ? "missing" : send.captcha;
  return { ...send, standing: standingOf("anonymous", { captcha }) };
}
