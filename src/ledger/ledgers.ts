import { callObject } from "../lib/store.ts";
import type { Runtime } from "../runtime.ts";
import type { Line } from "../twilio/lookup.ts";
import type { CancelOutcome } from "./cancel.ts";
import type { CheckBeginning, CheckRequest } from "./check.ts";
import type { CheckEnding, CheckResult } from "./judge.ts";
import type { LedgerView } from "./view.ts";
import type { DeliveryReport } from "./delivery.ts";
import { locationOf } from "../lib/country-location.ts";
import type { ProofConsumption } from "./proof.ts";
import type { PhoneLedgerObject } from "./object.ts";
import type {
  ResendRequest,
  ResendReservation,
  SendResult,
  StartRequest,
  StartReservation,
} from "./reserve.ts";
import type { LocksResetOutcome } from "./reset-locks.ts";
import type { CallerRef } from "./state.ts";
import type { Cancelable } from "./shared-code.ts";
import type { LedgerAddress } from "./address.ts";

/**
 * The ledger of one number, each call one hop. A failure is the value `store_unavailable`: money and
 * authentication fail closed. What may be said twice is tried twice.
 */
export class NumberLedger {
  /** A stub of its own for each try: one that has thrown may throw for ever. */
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

  reserveStart(request: StartRequest) {
    return this.#call<StartReservation>(async () => this.#stub().reserveStart(request));
  }

  reserveResend(request: ResendRequest) {
    return this.#call<ResendReservation>(async () => this.#stub().reserveResend(request));
  }

  settleSend(settled: { id: string; send: string; result: SendResult }) {
    return this.#call<LedgerView | undefined>(async () => this.#stub().settleSend(settled), {
      idempotent: true,
    });
  }

  beginCheck(request: CheckRequest) {
    return this.#call<CheckBeginning>(async () => this.#stub().beginCheck(request));
  }

  settleCheck(settled: { id: string; attempt: string; result: CheckResult }) {
    return this.#call<CheckEnding>(async () => this.#stub().settleCheck(settled), {
      idempotent: true,
    });
  }

  cancel(id: string) {
    return this.#call<CancelOutcome>(async () => this.#stub().cancel(id), { idempotent: true });
  }

  confirmCanceled(canceled: Cancelable) {
    return this.#call<void>(async () => this.#stub().confirmCanceled(canceled), {
      idempotent: true,
    });
  }

  revokeDevices(revocation: string) {
    return this.#call<void>(async () => this.#stub().revokeDevices(revocation), {
      idempotent: true,
    });
  }

  /** Not idempotent: a grant of attempts counts once a day. */
  resetLocks(caller: CallerRef) {
    return this.#call<LocksResetOutcome>(async () => this.#stub().resetLocks(caller));
  }

  consumeProof(consumption: { id: string; by: string }) {
    return this.#call<ProofConsumption>(async () => this.#stub().consumeProof(consumption), {
      idempotent: true,
    });
  }

  rememberLine(line: Line) {
    return this.#call<void>(async () => this.#stub().rememberLine(line), { idempotent: true });
  }

  recordDelivery(report: DeliveryReport) {
    return this.#call<boolean>(async () => this.#stub().recordDelivery(report), {
      idempotent: true,
    });
  }

  read(id: string) {
    return this.#call<LedgerView | undefined>(async () => this.#stub().read(id), {
      idempotent: true,
    });
  }

  #call<Outcome>(call: () => Promise<Outcome>, options?: { idempotent: boolean }) {
    return callObject(this.#runtime, "phone_ledger", call, options);
  }
}
