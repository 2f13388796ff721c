import type { Rules } from "../config/guard.ts";
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
  { runtime, windows }: Pick<VerificationDeps, "runtime" | "windows">,
  about: {
    readonly caller: Caller;
    /** Undefined where one was asked for or shown, and nothing came of it. */
    readonly captcha?: CaptchaState;
  },
  spoke: readonly string[],
): Promise<(verdict: Verdict, more?: readonly string[]) => void> {
  const { caller, captcha } = about;
  const address = caller.class === "service" ? undefined : await windows.nameOf(caller.address);
  return (verdict, more = []) => {
    const rules = [...spoke, ...more].join(" ");
    runtime.log("guard.decision", { verdict, rules, captcha, caller: caller.class, address });
  };
}

/** The rules that spoke in the one hop to the stores, with what they may do, for the log. */
export function rulesThatSpoke(
  rules: Rules,
  allowed: AddressOutcome,
  budget: BudgetOutcome | StoreUnavailable,
): string[] {
  const isMany =
    allowed.kind === "many_countries" || (allowed.kind === "pass" && allowed.hasManyCountries);
  const mode = rules.address_countries;
  const matched = "matched" in budget ? budget.matched : [];
  return [
    ...(isMany && mode !== "off" ? [`address_countries:${mode}`] : []),
    ...matched.map(({ rule, as }) => `${rule}:${as}`),
  ];
}
