import type { Phonegate } from "../../phonegate.ts";
import type { CodeStep } from "./code-step.ts";

/**
 * Starts the countdown of a verification that the page's backend started: by the Worker's first
 * cooldown (30 s), until the Worker says what is left of it. A verification that has ended has none.
 */
export function showWait(client: Phonegate, id: string, view: CodeStep): void {
  view.resendIn = 30;
  client.read(id).then(
    ({ resend_in = 0 }) => (view.resendIn = resend_in),
    () => undefined,
  );
}
