import type { Rules } from "../config/guard.ts";
import { nameOfRule, type BudgetOutcome } from "../guard/budget.ts";
import type { TestCapOutcome } from "../guard/test-cap.ts";
import type { AddressOutcome } from "../guard/kv-windows.ts";
import type { CaptchaState } from "../guard/rule-mode.ts";
import { exemptionsOf, standingOf } from "../guard/standing.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import type { Caller, VerificationDeps } from "./deps.ts";
import { refusalEnd, type Ending } from "./refusal-end.ts";

/** Logs how the guard decided about a send. `more` are rules that matched later. */
export interface Decision {
  readonly pass: (more?: readonly string[]) => void;
  readonly refuse: (refusal: Ending, more?: readonly string[]) => void;
}

/**
 * Prepares the log line about a decision. Each decision is one line with the verdict, the matched rules
 * with their modes, and the hashed address. A refusal also names the deciding rule and its end. The
 * caller learns neither of them.
 */
export async function decisionOf(
  { runtime, windows }: Pick<VerificationDeps, "runtime" | "windows">,
  about: {
    readonly caller: Caller;
    /** Undefined if the request ended before the captcha was judged. */
    readonly captcha?: CaptchaState;
  },
  matched: readonly string[],
): Promise<Decision> {
  const { caller } = about;
  const exempt = exemptionsOf(standingOf(caller.class));
  const isCounted = exempt.addressWindows === "judged";
  const address = isCounted ? await windows.nameOf(caller.address) : undefined;
  // A service key counts as a passed captcha, but the caller has solved none.
  const captcha = exempt.captcha === "passed" ? undefined : about.captcha;
  const who = { captcha, caller: caller.class, address };
  return {
    pass: (more = []) => {
      const rules = [...matched, ...more].join(" ");
      runtime.log("guard.decision", { verdict: "pass", rules, ...who });
    },
    refuse: (refusal, more = []) => {
      const all = [...matched, ...more];
      const by = ruleOf(refusal) ?? all.at(-1);
      const rules = by === undefined || all.includes(by) ? all : [...all, by];
      const verdict = refusal.kind === "captcha_required" ? "challenge" : "refuse";
      const until = refusalEnd(refusal, runtime.now());
      runtime.log("guard.decision", { verdict, rules: rules.join(" "), by, until, ...who });
    },
  };
}

/** Returns the rule that a refusal names. For other refusals the last matched rule has decided. */
function ruleOf(refusal: Ending): string | undefined {
  switch (refusal.kind) {
    case "over_address_limit":
      return "address:window";
    case "send_budget_exhausted":
      return `budget:${refusal.cap ?? ""}`;
    case "send_budget_busy":
      return "budget:busy";
    case "busy":
    case "in_flight":
      return "number:busy";
    case "cooldown":
      return "number:cooldown";
    default:
      return refusal.by;
  }
}

/** Returns the rules that matched in the hop to the stores, with their modes, for the log. */
export function matchedRules(
  rules: Rules,
  allowed: AddressOutcome,
  budget: BudgetOutcome | TestCapOutcome | StoreUnavailable,
): string[] {
  const isMany =
    allowed.kind === "many_countries" || (allowed.kind === "pass" && allowed.hasManyCountries);
  const mode = rules.address_countries;
  const matched = "matched" in budget ? budget.matched : [];
  return [
    ...(isMany && mode !== "off" ? [`address_countries:${mode}`] : []),
    ...matched.map(nameOfRule),
  ];
}
