import { countriesDefaults } from "../config/guard-rules.ts";
import { nameOfRule, type BudgetOutcome, type HeldUp } from "../guard/budget.ts";
import type { TestCapOutcome } from "../guard/test-cap.ts";
import type { GuardRefusal } from "../guard/guard.ts";
import type { AddressOutcome, AddressRefusal } from "../guard/kv-windows.ts";
import type { Verdict } from "../guard/rule-mode.ts";
import type { NumberRefusal } from "../ledger/choose-code.ts";
import type { StoreUnavailable } from "../lib/store.ts";

/** The answers of the stores about one send. */
export interface Answers<Reserved extends { readonly kind: string }> {
  readonly allowed: AddressOutcome;
  readonly reserved: Reserved | StoreUnavailable;
  readonly budget: BudgetOutcome | TestCapOutcome | StoreUnavailable;
}

/** Refusals of the ledger and of the guard's rules look the same to the caller. `by` is only logged. */
interface NumberRefused extends Omit<NumberRefusal, "by"> {
  readonly by: string;
}

export type Refusal =
  | AddressRefusal
  | NumberRefused
  | GuardRefusal
  | StoreUnavailable
  | Exclude<BudgetOutcome, { kind: "reserved" | "held_up" }>;

/**
 * Returns why the code is not sent, or undefined if the ledger's own answer decides. The order prevents
 * that an answer reveals something about the number (SECURITY N3):
 *
 * 1. The address, which reveals nothing about the number.
 * 2. The budget and the breakers. After the budget is spent, or in a full prefix, all numbers get the
 *    same answer. This step is left out if the ledger refuses for a reason other than its limits.
 * 3. The rules for strangers, if the ledger does not accept the caller's device token.
 * 4. The ledger: the number's limits, lock or line.
 */
export function weigh<Reserved extends { readonly kind: string; readonly isKnown?: boolean }>({
  allowed,
  reserved,
  budget,
}: Answers<Reserved>): Refusal | undefined {
  const isSend = reserved.kind === "send";
  const asksForMoney = isSend || reserved.kind === "number_refused" || reserved.kind === "busy";
  const isStranger = isSend && "isKnown" in reserved && !reserved.isKnown;
  return (
    ofAddress(allowed) ??
    (asksForMoney ? ofBudget(budget) : undefined) ??
    (isStranger ? ofStranger(allowed, budget) : undefined)
  );
}

function ofAddress(allowed: AddressOutcome): Refusal | undefined {
  if (allowed.kind === "pass") return undefined;
  return allowed.kind === "many_countries" ? ofManyCountries(allowed.verdict) : allowed;
}

function ofBudget(budget: Answers<never>["budget"]): Refusal | undefined {
  // Answered like a full number, so that a caller does not learn that it is a test number.
  if (budget.kind === "test_cap_full") return refusedBy("test:cap", "refuse", budget.retryAfterMs);
  if (budget.kind === "reserved") return undefined;
  if (budget.kind !== "held_up") return budget;
  const { by, verdict, retryAfterMs } = budget;
  return refusedBy(by ? nameOfRule(by) : "guard", verdict, retryAfterMs);
}

function ofStranger(
  allowed: AddressOutcome,
  budget: Answers<never>["budget"],
): Refusal | undefined {
  const abroad = allowed.kind === "pass" ? allowed.ifStranger : "pass";
  if (abroad !== "pass") return ofManyCountries(abroad);
  const strangerRefusal = "ifStranger" in budget ? budget.ifStranger : undefined;
  return strangerRefusal && ofBudget(strangerRefusal);
}

function ofManyCountries(verdict: Exclude<Verdict, "pass">): Refusal {
  const by = `address_countries:${verdict}`;
  return refusedBy(by, verdict, countriesDefaults.windowMs);
}

/**
 * A refusing rule gives the same answer as a number at its limit, so the caller cannot tell them
 * apart.
 */
function refusedBy(by: string, verdict: HeldUp["verdict"], retryAfterMs: number): Refusal {
  return verdict === "refuse"
    ? { kind: "number_refused", retryAfterMs, by }
    : { kind: "captcha_required", by };
}
