import { createBackendWorld } from "./backend.ts";
import { interceptedBindings, pause } from "./recorder.ts";

/** Returns bindings that report when a request has reached the ledger of its number. */
export function ledgerArrivals() {
  let waiting: (() => void)[] = [];
  const bindings = interceptedBindings(({ name, run }) => {
    const outcome = run();
    // A settlement is of a request that has arrived before.
    if (/^PHONE_LEDGER\.(?!settle)/.test(name)) {
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
    arrives: async <Answer>(
      request: () => Promise<Answer>,
    ): Promise<{ answer: Promise<Answer> }> => {
      const arrived = new Promise<void>((resolve) => waiting.push(resolve));
      const answer = request();
      await arrived;
      return { answer };
    },
  };
}

/**
 * A world whose calls to Twilio Verify are held back while `holds`. It knows the order of the calls,
 * and how many were in flight at once.
 */
export async function heldWorld(env: Record<string, unknown> = {}) {
  const ledger = ledgerArrivals();
  const state = { holds: false, asked: [] as string[], inFlight: 0, most: 0 };
  let gate = Promise.withResolvers<void>();
  const world = await createBackendWorld(
    { ...ledger.bindings, ...env },
    {
      network: async (request, twin) => {
        const form = new URLSearchParams(await request.clone().text());
        if (!request.url.includes("/v2/Services/")) return twin(request);
        state.asked.push(
          form.get("Locale") ?? form.get("Status") ?? form.get("Channel") ?? "check",
        );
        state.inFlight += 1;
        state.most = Math.max(state.most, state.inFlight);
        if (state.holds) await gate.promise;
        state.inFlight -= 1;
        return twin(request);
      },
    },
  );
  return {
    world,
    state,
    arrives: ledger.arrives,
    hold() {
      state.holds = true;
      gate = Promise.withResolvers<void>();
    },
    release() {
      state.holds = false;
      gate.resolve();
    },
    async untilAsked(calls: number): Promise<void> {
      while (state.asked.length < calls) await pause(1);
    },
  };
}

export type HeldWorld = Awaited<ReturnType<typeof heldWorld>>;
