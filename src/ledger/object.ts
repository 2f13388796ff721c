import { DurableObject } from "cloudflare:workers";
import type { Line } from "../twilio/lookup.ts";
import { hasAccounts } from "./accounts.ts";
import { cancelVerification, confirmCanceled } from "./cancel.ts";
import { beginCheck, settleCheck, type CheckRequest } from "./check.ts";
import type { CheckResult } from "./judge.ts";
import { revokeDevices } from "./known-devices.ts";
import { recordDelivery, type DeliveryReport } from "./delivery.ts";
import { consumeProof } from "./proof.ts";
import { rememberLine } from "./line.ts";
import { resetLocks } from "./reset-locks.ts";
import { prune } from "./prune.ts";
import { emptyLedger, type CallerRef, type Ledger, type Step } from "./state.ts";
import { find, viewOf, type LedgerView } from "./view.ts";
import type { Cancelable } from "./shared-code.ts";
import {
  reserveResend,
  reserveStart,
  settleSend,
  type ResendRequest,
  type SendResult,
  type StartRequest,
} from "./reserve.ts";

const stateKey = "ledger";

/**
 * All strict state of one number. Each method loads, asks a rule and saves, without an await in
 * between, so parallel calls cannot interleave. When it fails the caller gets an exception, and
 * nothing is sent, judged or approved.
 */
export abstract class PhoneLedgerObject extends DurableObject {
  /** Milliseconds since the epoch. */
  protected abstract now(): number;

  reserveStart(request: StartRequest) {
    return this.#apply((ledger, nowMs) => reserveStart(ledger, request, nowMs));
  }

  reserveResend(request: ResendRequest) {
    return this.#apply((ledger, nowMs) => reserveResend(ledger, request, nowMs));
  }

  settleSend(settled: { id: string; send: string; result: SendResult }) {
    return this.#apply((ledger, nowMs) => settleSend(ledger, settled, nowMs));
  }

  beginCheck(request: CheckRequest) {
    return this.#apply((ledger, nowMs) => beginCheck(ledger, request, nowMs));
  }

  settleCheck(settled: { id: string; attempt: string; result: CheckResult }) {
    return this.#apply((ledger, nowMs) => settleCheck(ledger, settled, nowMs));
  }

  cancel(id: string) {
    return this.#apply((ledger, nowMs) => cancelVerification(ledger, id, nowMs));
  }

  confirmCanceled(canceled: Cancelable): void {
    this.#apply((ledger) => confirmCanceled(ledger, canceled));
  }

  revokeDevices(revocation: string): void {
    this.#apply((ledger) => revokeDevices(ledger, revocation));
  }

  resetLocks(caller: CallerRef) {
    return this.#apply((ledger, nowMs) => resetLocks(ledger, caller, nowMs));
  }

  consumeProof(consumption: { id: string; by: string }) {
    return this.#apply((ledger) => consumeProof(ledger, consumption));
  }

  rememberLine(line: Line): void {
    this.#apply((ledger, nowMs) => rememberLine(ledger, line, nowMs));
  }

  recordDelivery(report: DeliveryReport) {
    return this.#apply((ledger) => recordDelivery(ledger, report));
  }

  read(id: string): LedgerView | undefined {
    const found = find(this.#load(), id);
    return found && viewOf(found.verification, found.code, this.now());
  }

  override async alarm(): Promise<void> {
    const { outcome: nextAtMs, next } = prune(this.#load(), this.now());
    const isEmpty = nextAtMs === undefined && !hasAccounts(next);
    if (isEmpty) return this.ctx.storage.deleteAll();
    this.ctx.storage.kv.put(stateKey, next);
    if (nextAtMs !== undefined) await this.ctx.storage.setAlarm(nextAtMs);
  }

  #load(): Ledger {
    return this.ctx.storage.kv.get<Ledger>(stateKey) ?? emptyLedger();
  }

  /** Saves only what has changed: an object that refuses before its first reservation stays empty. */
  #apply<Outcome>(rule: (ledger: Ledger, nowMs: number) => Step<Outcome>): Outcome {
    const before = this.#load();
    const { outcome, next } = rule(before, this.now());
    if (JSON.stringify(next) !== JSON.stringify(before)) {
      this.ctx.storage.kv.put(stateKey, next);
      this.#planPruning(next);
    }
    return outcome;
  }

  /** In the turn of the save, so that both are written or none: nothing is kept for ever by a crash. */
  #planPruning(ledger: Ledger): void {
    const { outcome: nextAtMs } = prune(ledger, this.now());
    if (nextAtMs !== undefined) void this.ctx.storage.setAlarm(nextAtMs);
  }
}
