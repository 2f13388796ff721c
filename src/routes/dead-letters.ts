import type { Context } from "hono";
import { deadLetterRetry, type DeadLetterView } from "../contract/dead-letters.ts";
import type { AppEnv } from "../http/app-env.ts";
import { readJsonBody } from "../http/json-body.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { Router } from "../http/router.ts";
import { storeUnavailable } from "../http/store-unavailable.ts";
import { surviveHangUp } from "../http/survive-hang-up.ts";
import { DeadLetters, type LetterObjects } from "../outbox/dead-letter-client.ts";
import type { ListedLetter } from "../outbox/dead-letters.ts";
import { requireScope } from "./service-key.ts";

const path = "/v1/admin/events";
const retryPath = `${path}/retry`;

/** Events that could not be delivered to the app's backend, for the operator's service key. */
export const deadLetters = new Router()
  .get(path, async (c) => {
    await requireScope(c, "admin:read");
    const outcome = await lettersOf(c).list();
    if ("kind" in outcome) throw storeUnavailable();
    return c.json({ dead_letters: outcome.map(viewOf) });
  })
  .all(path, methodNotAllowed("GET"))

  .post(retryPath, async (c) => {
    const clientId = await requireScope(c, "admin");
    const { ids } = await readJsonBody(c, deadLetterRetry, { optional: true });
    const outcome = await surviveHangUp(c, lettersOf(c).retry(ids));
    if ("kind" in outcome) throw storeUnavailable();
    c.var.runtime.log("event.revived", { client_id: clientId, events: outcome.retried });
    return c.json(outcome);
  })
  .all(retryPath, methodNotAllowed("POST"));

function lettersOf(c: Context<AppEnv>): DeadLetters {
  const { PHONE_LEDGER, SUBJECT_SESSIONS, SEND_BUDGET } = c.env;
  const holders: Record<ListedLetter["store"], (object: string) => Holder> = {
    phone_ledger: (object) => PHONE_LEDGER.get(PHONE_LEDGER.idFromString(object)),
    subject_sessions: (object) => SUBJECT_SESSIONS.get(SUBJECT_SESSIONS.idFromString(object)),
    send_budget: (object) => SEND_BUDGET.get(SEND_BUDGET.idFromString(object)),
  };
  const list = () => SEND_BUDGET.getByName("world");
  return new DeadLetters(
    { list, holder: (store, object) => holders[store](object) },
    c.var.runtime,
  );
}

type Holder = ReturnType<LetterObjects["holder"]>;

const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString();

const viewOf = ({ id, type, atMs, diedAtMs, reason }: ListedLetter): DeadLetterView => ({
  id,
  type,
  occurred_at: timeOf(atMs),
  died_at: timeOf(diedAtMs),
  reason,
});
