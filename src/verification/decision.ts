import type { RuleName, Rules } from "../config/guard.ts";
import type { BudgetOutcome } from "../guard/budget.ts";
import type { AddressOutcome } from "../guard/kv-windows.ts";
import type { CaptchaState, Verdict } from "../guard/rule-mode.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import type { Caller, VerificationDeps } from "./deps.ts";

/**
 * Every decision of the guard is one line in the log: the verdict, the rules that spoke with what
 * they may do, and the address hashed.
 */
export async function decisionOf(
  { config, runtime, windows }: Pick<VerificationDeps, "config" | "runtime" | "windows">,
  about: { readonly caller: Caller; readonly captcha: CaptchaState },
  allowed: AddressOutcome,
  budget: BudgetOutcome | StoreUnavailable,
): Promise<(verdict: Verdict, more?: readonly string[]) => void> {
  const { caller, captcha } = about;
  const spoke = rulesThatSpoke(config.guard.rules, allowed, budget);
  const address = caller.class === "service" ? undefined : await windows.nameOf(caller.address);
  return (verdict, more = []) => {
    const rules = [...spoke, ...more].join(" ");
    runtime.log("guard.decision", { verdict, rules, captcha, caller: caller.class, address });
  };
}

/** The rules that spoke in the one hop to the stores. */
function rulesThatSpoke(
  rules: Rules,
  allowed: AddressOutcome,
  budget: BudgetOutcome | StoreUnavailable,
): string[] {
  const isMany =
    allowed.kind === "many_countries" || (allowed.kind === "pass" && allowed.hasManyCountries);
  const spoke: RuleName[] = [
    ...(isMany && rules.address_countries !== "off" ? (["address_countries"] as const) : []),
    ...(budget.kind === "held_up" ? budget.rules : []),
    ...(budget.kind === "reserved" ? budget.spoke : []),
  ];
  return spoke.map((name) => `${name}:${rules[name]}`);
}
