import { interceptedBindings } from "./recorder.ts";

/** Bindings that tell when a request has reached the ledger of its number. */
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
    /** Sends the request, and resolves when it is in the ledger. Its answer may come much later. */
    async arrives<Answer>(request: () => Promise<Answer>): Promise<{ answer: Promise<Answer> }> {
      const arrived = new Promise<void>((resolve) => waiting.push(resolve));
      const answer = request();
      await arrived;
      return { answer };
    },
  };
}
