import type { BudgetCaps } from "../config/budget.ts";
import type { GuardConfig } from "../config/guard.ts";

/** What the budget's object judges by: settings travel with the call, so a new one holds at once. */
export interface SpendPolicy extends Pick<
  GuardConfig,
  "rules" | "money" | "conversion" | "failedChecks"
> {
  readonly caps: BudgetCaps;
  /** Whether the app's backend gets events. Absent: it does not. */
  readonly hasEvents?: boolean;
}
