import { locationOf } from "../lib/country-location.ts";
import { callObject, type StoreUnavailable } from "../lib/store.ts";
import type { Runtime } from "../runtime.ts";
import type { LedgerAddress } from "./address.ts";
import { ledgerMethods, type LedgerMethod, type OutcomeOf, type RequestOf } from "./methods.ts";
import type { PhoneLedgerObject } from "./object.ts";

/**
 * Calls the ledger of one number. Each call is one hop, and may wait in the object for the number's
 * line.
 */
export class NumberLedger {
  /** Makes a new stub for each attempt, since a stub that has thrown may throw on every later call. */
  readonly #stub: () => DurableObjectStub<PhoneLedgerObject>;
  readonly #runtime: Runtime;

  constructor(
    namespace: DurableObjectNamespace<PhoneLedgerObject>,
    address: LedgerAddress,
    runtime: Runtime,
  ) {
    const options = { locationHint: locationOf(address.country) };
    this.#stub = () => namespace.getByName(address.name, options);
    this.#runtime = runtime;
  }

  /**
   * Calls a method. A failure is the value `store_unavailable`: money and authentication fail
   * closed.
   */
  call<Method extends LedgerMethod>(
    method: Method,
    request: RequestOf<Method>,
  ): Promise<OutcomeOf<Method> | StoreUnavailable> {
    const { idempotent } = ledgerMethods[method];
    // The type of a stub loses the type parameters of its methods.
    const run = async () => (await this.#stub().run(method, request)) as OutcomeOf<Method>;
    return callObject(this.#runtime, "phone_ledger", run, { idempotent });
  }
}
