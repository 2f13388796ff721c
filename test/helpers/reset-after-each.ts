import { listDurableObjectIds, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach } from "vitest";

// Many files share one Worker: each test leaves its stores empty. `reset` empties objects that are
// awake, so those of the budget are woken first: a test may have evicted them, or been slow. Ledgers
// and sessions need it not, since each world makes the keys anew from which their names come.
afterEach(async () => {
  for (const id of await listDurableObjectIds(env.SEND_BUDGET))
    await runInDurableObject(env.SEND_BUDGET.get(id), () => undefined);
  await reset();
});
