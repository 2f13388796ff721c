import { countriesDefaults } from "../config/guard-rules.ts";
import { nameOfRule, type BudgetOutcome, type HeldUp } from "../guard/budget.ts";
import type { GuardRefusal } from "../guard/guard.ts";
import type { AddressOutcome, AddressRefusal } from "../guard/kv-windows.ts";
import type { Verdict } from "../guard/rule-mode.ts";
import type { NumberRefusal } from "../ledger/choose-code.ts";
import type { StoreUnavailable } from "../lib/store.ts";

/** What the stores have said of a send, asked side by side. */
export interface Answers<Reserved extends { readonly kind: string }> {
  readonly allowed: AddressOutcome;
  readonly reserved: Reserved | StoreUnavailable;
  readonly budget: BudgetOutcome | StoreUnavailable;
}

/** The ledger's refusal, and that of a rule of the guard: one answer. `by` is for the log alone. */
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
 * Why nothing is sent, or undefined where the ledger's own answer stands. The order keeps numbers
 * apart from what is refused for all of them (SECURITY N3):
 *
 * 1. the address, which says nothing about the number;
 * 2. the budget and the breakers: on a spent day or in a full prefix all numbers have one answer. A
 *    send that the ledger refuses for another reason than its window did not ask for money;
 * 3. what the guard holds against a caller whose device token the ledger does not believe;
 * 4. the ledger: the number's window, lock or line.
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

function ofBudget(budget: BudgetOutcome | StoreUnavailable): Refusal | undefined {
  if (budget.kind === "reserved") return undefined;
  if (budget.kind !== "held_up") return budget;
  const { by, verdict, retryAfterMs } = budget;
  return refusedBy(by ? nameOfRule(by) : "guard", verdict, retryAfterMs);
}

function ofStranger(
  allowed: AddressOutcome,
  budget: BudgetOutcome | StoreUnavailable,
): Refusal | undefined {
  const abroad = allowed.kind === "pass" ? allowed.ifStranger : "pass";
  if (abroad !== "pass") return ofManyCountries(abroad);
  const told = budget.kind === "reserved" ? budget.ifStranger : undefined;
  return told && ofBudget(told);
}

function ofManyCountries(verdict: Exclude<Verdict, "pass">): Refusal {
  const by = `address_countries:${verdict}`;
  return refusedBy(by, verdict, countriesDefaults.windowMs);
}

/** A rule that refuses is answered like a full number, so the caller learns nothing of either. */
function refusedBy(by: string, verdict: HeldUp["verdict"], retryAfterMs: number): Refusal {
  return verdict === "refuse"
    ? { kind: "number_refused", retryAfterMs, by }
    : { kind: "captcha_required", by };
}
