import { createApp } from "./app.ts";
import { SendBudgetObject } from "./guard/budget-object.ts";
import { SubjectSessionsObject } from "./session/sessions-object.ts";
import { PhoneLedgerObject } from "./ledger/object.ts";

const now = (): number => Date.now();
const network: typeof fetch = (input, init) => fetch(input, init);

export class PhoneLedger extends PhoneLedgerObject {
  protected override now = now;
  protected override network = network;
}

export class SendBudget extends SendBudgetObject {
  protected override now = now;
  protected override network = network;
}

export class SubjectSessions extends SubjectSessionsObject {
  protected override now = now;
  protected override network = network;
}

export default createApp({ fetch: network, now });
