import { interceptedBindings } from "./recorder.ts";

/** Returns bindings that report when a request has reached the ledger of its number. */
export function ledgerArrivals() {
  let waiting: (() => void)[] = [];
  const bindings = interceptedBindings(({ name, run }) => {
    const outcome = run();
    if (name.startsWith("PHONE_LEDGER.")) {
      for (const resolve of waiting) resolve();
      waiting = [];
    }
    return outcome;
  });
  return {
    bindings,
    /**
     * Sends the request and resolves when it has reached the ledger. Its answer may arrive much
     * later.
     */
    async arrives<Answer>(request: () => Promise<Answer>): Promise<{ answer: Promise<Answer> }> {
      const arrived = new Promise<void>((resolve) => waiting.push(resolve));
      const answer = request();
      await arrived;
      return { answer };
    },
  };
}
