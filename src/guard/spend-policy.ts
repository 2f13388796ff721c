import type { BudgetCaps } from "../config/budget.ts";
import type { GuardConfig } from "../config/guard.ts";

/**
 * The settings for the budget's object. Each call brings them, so that a changed setting applies at
 * once.
 */
export interface SpendPolicy extends Pick<
  GuardConfig,
  "rules" | "money" | "conversion" | "failedChecks"
> {
  readonly caps: BudgetCaps;
  /** Whether the app's backend gets events. @default false */
  readonly hasEvents?: boolean;
}
