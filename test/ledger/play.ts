import { cancelVerification } from "../../src/ledger/cancel.ts";
import { beginCheck, settleCheck, type CheckBeginning } from "../../src/ledger/check.ts";
import type { CheckEnding, CheckResult } from "../../src/ledger/check-result.ts";
import { endOverdueLeases } from "../../src/ledger/overdue-leases.ts";
import type { DeviceClaim } from "../../src/ledger/known-devices.ts";
import { prune } from "../../src/ledger/prune.ts";
import { emptyLedger, type CallerRef, type Ledger, type Step } from "../../src/ledger/state.ts";
import { findVerification, viewOf, type LedgerView } from "../../src/ledger/view.ts";
import {
  beginResend,
  type ResendRequest,
  type ResendReservation,
} from "../../src/ledger/resend.ts";
import { settleSend, type SendResult } from "../../src/ledger/settle-send.ts";
import { beginStart, type LedgerStart, type StartReservation } from "../../src/ledger/start.ts";

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;
export const startMs = Date.UTC(2026, 10, 22, 12);
/** High limits, so that only the tested rule refuses. */
export const wide = [{ count: 1000, seconds: 86_400 }];
export const signIn = "VA-sign-in";
export const twoFactor = "VA-two-factor";

/** Callers of each class: two users of one client, and a client without users. */
export const callers = [
  "anonymous",
  "known",
  "service:shop:ann",
  "service:shop:bob",
  "service:bank",
] as const satisfies CallerRef[];
export type PlayCaller = (typeof callers)[number];

export interface StartOptions {
  caller?: CallerRef;
  /** The subject that a right code signs in. */
  subject?: NonNullable<LedgerStart["subject"]>;
  /** The session of a step-up. */
  session?: string;
  /** The claims of the request's device tokens. */
  devices?: readonly DeviceClaim[];
  /** A Verify service, or `own` for a code of the engine messaging. */
  service?: string;
  limits?: LedgerStart["limits"];
  idempotency?: { key: string; body: string };
  purpose?: LedgerStart["purpose"];
  channel?: LedgerStart["channel"];
  /** The transaction that the code confirms. */
  binding?: string;
}

/**
 * One number's ledger and its clock. Each rule gets a frozen ledger, and its result is stored as
 * JSON. So every test also shows that a rule does not change its arguments.
 */
export class LedgerPlay {
  ledger: Ledger = emptyLedger();
  nowMs = startMs;
  /** Twilio's answers to sends, by service. */
  sids = new Map<string, { sid: string; createdMs: number }>();
  #count = 0;

  name(kind: string): string {
    this.#count += 1;
    return `${kind}${this.#count}`;
  }

  wait(ms: number): void {
    this.nowMs += ms;
  }

  apply<Outcome>(rule: (ledger: Ledger, nowMs: number) => Step<Outcome>): Outcome {
    const { outcome, next } = rule(deepFreeze(this.ledger), this.nowMs);
    this.ledger = asStored(next);
    return outcome;
  }

  reserve(options: StartOptions = {}): { id: string; send: string; outcome: StartReservation } {
    const { caller = "anonymous", devices = [], service = signIn, limits = wide } = options;
    const { idempotency, binding } = options;
    const id = this.name("verification");
    const send = this.name("send");
    const code = { sealed: `sealed code of ${id}`, digest: rightDigest };
    const request: LedgerStart = {
      id,
      send,
      caller,
      devices,
      purpose: options.purpose ?? "sign_in",
      channel: options.channel ?? "sms",
      sealedNumber: `sealed number of ${id}`,
      limits,
      plan:
        service === "own"
          ? { engine: "messaging", protected: code, lifetimeMs: 10 * minute }
          : { engine: "verify", service, lifetimeMs: 10 * minute, ...(binding && { binding }) },
      ...(options.subject && { subject: options.subject }),
      ...(options.session !== undefined && { session: options.session }),
      ...(idempotency && { idempotency }),
    };
    const outcome = this.apply((ledger, nowMs) => beginStart(ledger, request, nowMs));
    return { id, send, outcome };
  }

  /** Starts a verification whose code arrives. */
  start(options: StartOptions = {}): string {
    const { id, send, outcome } = this.reserve(options);
    if (outcome.kind !== "send") throw new Error(`a start was refused: ${outcome.kind}`);
    this.settle(id, send, this.sent(options.service ?? signIn));
    return id;
  }

  reserveResend(
    id: string,
    options: { limits?: ResendRequest["limits"]; channel?: "sms" | "call" | "whatsapp" } = {},
  ): { send: string; outcome: ResendReservation } {
    const { limits = wide, channel } = options;
    const send = this.name("send");
    const request = { id, send, limits, ...(channel && { channel }) };
    return {
      send,
      outcome: this.apply((ledger, nowMs) => beginResend(ledger, request, nowMs)),
    };
  }

  /** Makes a resend that arrives. */
  resend(id: string): LedgerView {
    const { send, outcome } = this.reserveResend(id);
    if (outcome.kind !== "send") throw new Error(`a resend was refused: ${outcome.kind}`);
    const service = "service" in outcome.code ? outcome.code.service : "own";
    const hasCanceled = outcome.cancelFirst !== undefined;
    if (hasCanceled) this.sids.delete(service);
    this.settle(id, send, this.sent(service), hasCanceled);
    const view = this.view(id);
    if (view === undefined) throw new Error("a resend of an unknown verification");
    return view;
  }

  settle(id: string, send: string, result: SendResult, hasCanceled = false): void {
    const settlement = { id, send, result, hasCanceled };
    this.apply((ledger, nowMs) => settleSend(ledger, settlement, nowMs));
  }

  /** Twilio has one live verification per service, and returns its sid again until it ends. */
  sent(service = signIn): Extract<SendResult, { kind: "sent" }> {
    if (service === "own")
      return { kind: "sent", expiresAtMs: this.nowMs + 10 * minute, sid: this.name("SM") };
    const known = this.sids.get(service);
    const isLive = known !== undefined && this.nowMs < known.createdMs + 10 * minute;
    const live = isLive ? known : { sid: this.name("VE"), createdMs: this.nowMs };
    this.sids.set(service, live);
    return { kind: "sent", expiresAtMs: live.createdMs + 10 * minute, sid: live.sid };
  }

  begin(
    id: string,
    guess: "right" | "wrong" = "wrong",
  ): { attempt: string; outcome: CheckBeginning } {
    const attempt = this.name("attempt");
    const digests = [guess === "right" ? rightDigest : wrongDigest];
    const request = { id, attempt, digests };
    return { attempt, outcome: this.apply((ledger, nowMs) => beginCheck(ledger, request, nowMs)) };
  }

  settleCheck(id: string, attempt: string, result: CheckResult): CheckEnding {
    return this.apply((ledger, nowMs) => settleCheck(ledger, { id, attempt, result }, nowMs));
  }

  /** Makes one complete check. If Twilio checks the code, the answer is `result`. */
  check(id: string, result: CheckResult = "wrong"): CheckBeginning {
    const { attempt, outcome } = this.begin(id, result === "approved" ? "right" : "wrong");
    return outcome.kind === "ask" ? this.settleCheck(id, attempt, result) : outcome;
  }

  /** Makes this many wrong checks, in new verifications of this caller. */
  fail(times: number, caller: CallerRef = "anonymous"): void {
    for (let done = 0; done < times;) {
      const id = this.start({ caller, service: "own" });
      for (let tries = 0; tries < 5 && done < times; tries += 1, done += 1) {
        const { kind } = this.check(id);
        if (kind !== "wrong_code" && kind !== "ended") throw new Error(`not judged: ${kind}`);
      }
    }
  }

  cancel(id: string) {
    return this.apply((ledger, nowMs) => cancelVerification(ledger, id, nowMs));
  }

  prune(): number | undefined {
    return this.apply((ledger, nowMs) => prune(ledger, nowMs));
  }

  view(id: string): LedgerView | undefined {
    const ledger = endOverdueLeases(this.ledger, this.nowMs);
    const verification = findVerification(ledger, id);
    return verification && viewOf(ledger, verification, this.nowMs);
  }

  status(id: string): LedgerView["status"] | undefined {
    return this.view(id)?.status;
  }
}

export const rightDigest = "1:the-right-digest";
export const wrongDigest = "1:the-wrong-digest";

export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}

/**
 * Returns the ledger after a round trip through JSON. A value that JSON cannot represent, or a
 * shared object, is an error.
 */
export function asStored(ledger: Ledger): Ledger {
  assertPlain(ledger, new Set());
  return JSON.parse(JSON.stringify(ledger)) as Ledger;
}

function assertPlain(value: unknown, seen: Set<object>): void {
  if (typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (typeof value !== "object" || value === null) throw new Error(`not plain: ${String(value)}`);
  if (seen.has(value)) throw new Error("one object in two places");
  seen.add(value);
  for (const member of Object.values(value)) assertPlain(member, seen);
}
