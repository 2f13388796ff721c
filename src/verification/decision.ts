import type { RuleName, Rules } from "../config/guard.ts";
import type { BudgetOutcome } from "../guard/budget.ts";
import type { AddressOutcome } from "../guard/kv-windows.ts";
import type { CaptchaState, Verdict } from "../guard/rule-mode.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import type { Caller, VerificationDeps } from "./deps.ts";
import { maskPhoneNumber } from "./phone-number.ts";

/**
 * Every decision of the guard is one line in the log: the verdict, the rules that spoke with what
 * they may do, the country, the number masked and the address hashed.
 */
export async function decisionOf(
  { runtime, windows }: Pick<VerificationDeps, "runtime" | "windows">,
  about: {
    readonly country: string;
    /** E.164; undefined where the ledger alone has it, and does not say. */
    readonly number: string | undefined;
    readonly caller: Caller;
    /** Undefined where one was asked for or shown, and nothing came of it. */
    readonly captcha?: CaptchaState;
  },
  spoke: readonly string[],
): Promise<(verdict: Verdict, more?: readonly string[]) => void> {
  const { country, number, caller, captcha } = about;
  const address = caller.class === "service" ? undefined : await windows.nameOf(caller.address);
  return (verdict, more = []) => {
    const rules = [...spoke, ...more].join(" ");
    const to = number && maskPhoneNumber(number);
    const fields = { verdict, rules, captcha, country, to, caller: caller.class };
    runtime.log("guard.decision", { ...fields, ...(address !== undefined && { address }) });
  };
}

/** The rules that spoke in the one hop to the stores. */
export function rulesThatSpoke(
  rules: Rules,
  allowed: AddressOutcome,
  budget: BudgetOutcome | StoreUnavailable,
): RuleName[] {
  const isMany =
    allowed.kind === "many_countries" || (allowed.kind === "pass" && allowed.hasManyCountries);
  return [
    ...(isMany && rules.address_countries !== "off" ? (["address_countries"] as const) : []),
    ...(budget.kind === "held_up" ? budget.rules : []),
    ...(budget.kind === "reserved" ? budget.spoke : []),
  ];
}

/** With what they may do, for the log. */
export const inLog = (rules: Rules, spoke: readonly RuleName[]): string[] =>
  spoke.map((name) => `${name}:${rules[name]}`);
