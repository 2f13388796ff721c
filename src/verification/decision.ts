import type { Rules } from "../config/guard.ts";
import { nameOfRule, type BudgetOutcome } from "../guard/budget.ts";
import type { AddressOutcome } from "../guard/kv-windows.ts";
import type { CaptchaState } from "../guard/rule-mode.ts";
import { exemptionsOf, standingOf } from "../guard/standing.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import type { Caller, VerificationDeps } from "./deps.ts";
import { endOf, type Ending } from "./refusal-end.ts";

/** Writes the one line of the log that says how a send was decided. `more`: rules that spoke since. */
export interface Decision {
  readonly pass: (more?: readonly string[]) => void;
  readonly refuse: (refusal: Ending, more?: readonly string[]) => void;
}

/**
 * Every decision on a send is one line in the log: the verdict, the rules that spoke with what they
 * may do, and the address hashed. A refusal names the rule that has decided, and its end. The caller
 * learns neither.
 */
export async function decisionOf(
  { runtime, windows }: Pick<VerificationDeps, "runtime" | "windows">,
  about: {
    readonly caller: Caller;
    /** Undefined where one was asked for or shown, and nothing came of it. */
    readonly captcha?: CaptchaState;
  },
  spoke: readonly string[],
): Promise<Decision> {
  const { caller } = about;
  const exempt = exemptionsOf(standingOf(caller.class));
  const isCounted = exempt.addressWindows === "judged";
  const address = isCounted ? await windows.nameOf(caller.address) : undefined;
  // A service key stands for a captcha, and has shown none.
  const captcha = exempt.captcha === "passed" ? undefined : about.captcha;
  const who = { captcha, caller: caller.class, address };
  return {
    pass: (more = []) => {
      const rules = [...spoke, ...more].join(" ");
      runtime.log("guard.decision", { verdict: "pass", rules, ...who });
    },
    refuse: (refusal, more = []) => {
      const all = [...spoke, ...more];
      const by = ruleOf(refusal) ?? all.at(-1);
      const rules = by === undefined || all.includes(by) ? all : [...all, by];
      const verdict = refusal.kind === "captcha_required" ? "challenge" : "refuse";
      const until = endOf(refusal, runtime.now());
      runtime.log("guard.decision", { verdict, rules: rules.join(" "), by, until, ...who });
    },
  };
}

/** The rule that a refusal names itself; of others the last rule that spoke has decided. */
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
    ...matched.map(nameOfRule),
  ];
}
