import { listDurableObjectIds, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach } from "vitest";

// Many files share one Worker, so its stores are emptied after each test. `reset` empties only
// objects that are awake. A test may have evicted the budget's objects or let them fall asleep, so
// they are woken first. Ledgers and sessions need no waking, because each world has new keys and so
// new names.
afterEach(async () => {
  for (const id of await listDurableObjectIds(env.SEND_BUDGET))
    await runInDurableObject(env.SEND_BUDGET.get(id), () => undefined);
  await reset();
});
