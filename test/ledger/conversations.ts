import { cancelVerification } from "../../src/ledger/cancel.ts";
import { accountOf, classOf, shareSends } from "../../src/ledger/accounts.ts";
import { hardStops } from "../../src/ledger/caller-limits.ts";
import { beginCheck, settleCheck } from "../../src/ledger/check.ts";
import type { Cancelable } from "../../src/ledger/choose-code.ts";
import type { CheckResult } from "../../src/ledger/check-result.ts";
import { endOverdueLeases } from "../../src/ledger/overdue-leases.ts";
import { prune } from "../../src/ledger/prune.ts";
import { beginResend } from "../../src/ledger/resend.ts";
import { settleSend, type SendResult } from "../../src/ledger/settle-send.ts";
import { beginStart } from "../../src/ledger/start.ts";
import { emptyLedger, type Ledger, type Step } from "../../src/ledger/state.ts";
import { findVerification, statusOf } from "../../src/ledger/view.ts";
import { asStored, callers, deepFreeze, minute, second, type PlayCaller } from "./play.ts";
import { copyOf, noVerifications, TwilioModel, type TwilioState } from "./twilio-model.ts";

/** The faults at one step of a conversation. */
export const faults = ["none", "lost_before", "lost_after", "late", "dies"] as const;
export type Fault = (typeof faults)[number];

export type Command =
  | { do: "start"; caller: PlayCaller; service: string; binding: string }
  | { do: "resend"; which: number }
  | { do: "check"; which: number; isRight: boolean }
  | { do: "cancel"; which: number }
  | { do: "go_on"; which: number; fault: Fault }
  | { do: "deliver_late"; which: number }
  | { do: "wait"; ms: number }
  | { do: "prune" };

const conversationMs = 20 * second;
const leaseMs = 30 * second;
export const limits = [
  { count: 6, seconds: 600 },
  { count: 12, seconds: 3600 },
];

interface Known {
  readonly id: string;
  readonly caller: PlayCaller;
  readonly service: string;
  readonly binding: string;
  /** Whether the caller received the id. */
  isHeld: boolean;
}

/** One conversation, step by step: cancel, send or check, settle. */
interface Conversation {
  readonly about: Known;
  readonly name: string;
  readonly beganMs: number;
  readonly kind: "send" | "check";
  readonly isStart: boolean;
  cancelFirst: Cancelable | undefined;
  readonly sid: string | undefined;
  readonly isRight: boolean;
  hasCanceled: boolean;
  result: SendResult | CheckResult | undefined;
}

/** The sends and failures that count for one caller. */
interface Account {
  failures: number;
  lockedUntilMs: number;
}

/** Plain data, so that a history can be copied. */
interface State {
  ledger: Ledger;
  nowMs: number;
  readonly twilio: TwilioState;
  readonly known: Known[];
  readonly open: Conversation[];
  readonly late: Conversation[];
  /** Conversations whose holder crashed. Their lease ends by time. */
  readonly lost: Conversation[];
  /** The names of conversations whose lease ended by time. */
  readonly ended: Set<string>;
  readonly accounts: Map<PlayCaller, Account>;
  sends: { readonly name: string; readonly atMs: number; readonly caller: PlayCaller }[];
  /** The approving attempt by verification id. */
  readonly approved: Map<string, string>;
  /** How many names each caller has used. */
  readonly made: Map<PlayCaller, number>;
}

const newState = (): State => ({
  ledger: emptyLedger(),
  nowMs: Date.UTC(2026, 10, 28, 12),
  twilio: noVerifications(),
  known: [],
  open: [],
  late: [],
  lost: [],
  ended: new Set(),
  accounts: new Map(callers.map((caller) => [caller, { failures: 0, lockedUntilMs: 0 }])),
  sends: [],
  approved: new Map(),
  made: new Map(),
});

/**
 * Models one number: its ledger, Twilio and the callers' conversations. It throws as soon as an
 * invariant is violated.
 */
export class Conversations {
  readonly #state: State;
  readonly #twilio: TwilioModel;

  constructor(state: State = newState()) {
    this.#state = state;
    this.#twilio = new TwilioModel(state.twilio);
  }

  /** Returns an independent copy. */
  fork(): Conversations {
    const state = this.#state;
    const known = new Map(state.known.map((each) => [each, { ...each }]));
    const copies = (conversations: readonly Conversation[]) =>
      conversations.map((each) => ({ ...each, about: known.get(each.about) ?? each.about }));
    return new Conversations({
      // The rules replace the ledger and never change it, so forks share it.
      ...state,
      twilio: copyOf(state.twilio),
      known: [...known.values()],
      open: copies(state.open),
      late: copies(state.late),
      lost: copies(state.lost),
      ended: new Set(state.ended),
      accounts: new Map([...state.accounts].map(([caller, each]) => [caller, { ...each }])),
      sends: [...state.sends],
      approved: new Map(state.approved),
      made: new Map(state.made),
    });
  }

  /** A fingerprint. Two histories with the same fingerprint have the same future. */
  get fingerprint(): string {
    const { ledger, twilio, open, late, lost, known, nowMs } = this.#state;
    return JSON.stringify(
      [ledger, twilio.verifications, open, late, lost, known, nowMs],
      (_, value) => (value instanceof Set ? [...value] : value),
    );
  }

  /** Returns the index of the caller's verification for commands; undefined without one. */
  indexOf(caller: PlayCaller): number | undefined {
    const index = this.#state.known.findIndex((known) => known.caller === caller && known.isHeld);
    return index < 0 ? undefined : this.#state.known.length - 1 - index;
  }

  get openConversations(): number {
    return this.#state.open.length;
  }

  get lateSettlements(): number {
    return this.#state.late.length;
  }

  run(command: Command): void {
    switch (command.do) {
      case "start":
        this.#start(command);
        break;
      case "resend":
        this.#resend(pick(this.#state.known, command.which));
        break;
      case "check":
        this.#check(pick(this.#state.known, command.which), command.isRight);
        break;
      case "cancel":
        this.#cancel(pick(this.#state.known, command.which));
        break;
      case "go_on":
        this.#goOn(pick(this.#state.open, command.which), command.fault);
        break;
      case "deliver_late": {
        const conversation = pick(this.#state.late, command.which);
        if (conversation === undefined) break;
        this.#state.late.splice(this.#state.late.indexOf(conversation), 1);
        this.#settle(conversation);
        break;
      }
      case "wait":
        this.#state.nowMs += command.ms;
        break;
      case "prune":
        this.#apply((ledger, nowMs) => prune(ledger, nowMs));
        break;
    }
    this.#endLeases();
    this.#assertInvariants();
  }

  #start({ caller, service, binding }: Extract<Command, { do: "start" }>): void {
    const id = this.#name("verification", caller);
    const send = this.#name("send", caller);
    const plan = { engine: "verify", service, lifetimeMs: 10 * minute } as const;
    const request = {
      id,
      send,
      caller,
      purpose: "sign_in",
      channel: "sms",
      sealedNumber: "sealed",
      limits,
      plan: binding === "" ? plan : { ...plan, binding },
    } as const;
    const hasRoom = this.#hasRoom(caller);
    const outcome = this.#apply((ledger, nowMs) => beginStart(ledger, request, nowMs));
    if (outcome.kind === "number_refused" && hasRoom) return this.#assertUsedUp(service, caller);
    if (outcome.kind !== "send") return;
    must(hasRoom, "no send passes a window or a lock");
    const about = { id, caller, service, binding, isHeld: false };
    this.#state.known.push(about);
    this.#began(about, send, { isStart: true, cancelFirst: outcome.cancelFirst });
  }

  #resend(about: Known | undefined): void {
    if (about === undefined || !about.isHeld) return;
    const send = this.#name("send", about.caller);
    const hasRoom = this.#hasRoom(about.caller);
    const request = { id: about.id, send, limits };
    const outcome = this.#apply((ledger, nowMs) => beginResend(ledger, request, nowMs));
    if (outcome.kind !== "send") return;
    must(hasRoom, "no resend passes a window or a lock");
    this.#began(about, send, { isStart: false, cancelFirst: outcome.cancelFirst });
  }

  #began(
    about: Known,
    name: string,
    more: { isStart: boolean; cancelFirst: Cancelable | undefined },
  ): void {
    this.#state.sends.push({ name, atMs: this.#state.nowMs, caller: about.caller });
    this.#open({ about, name, kind: "send", sid: undefined, isRight: false, ...more });
  }

  #check(about: Known | undefined, isRight: boolean): void {
    if (about === undefined || !about.isHeld) return;
    const attempt = this.#name("attempt", about.caller);
    const request = { id: about.id, attempt, digests: [] };
    const model = this.#account(about.caller);
    const outcome = this.#apply((ledger, nowMs) => beginCheck(ledger, request, nowMs));
    if (outcome.kind !== "ask") return;
    must(this.#state.nowMs >= model.lockedUntilMs, "no check passes a lock");
    must(model.failures < hardStops[classOf(about.caller)], "no check passes the hard stop");
    this.#open({
      about,
      name: attempt,
      kind: "check",
      sid: outcome.sid,
      isRight,
      isStart: false,
      cancelFirst: undefined,
    });
  }

  #open(conversation: Omit<Conversation, "beganMs" | "hasCanceled" | "result">): void {
    const { service } = conversation.about;
    const others = [...this.#state.open, ...this.#state.late, ...this.#state.lost].filter(
      (other) => other.about.service === service && this.#state.nowMs < other.beganMs + leaseMs,
    );
    must(others.length === 0, "one conversation at a time");
    this.#state.open.push({
      ...conversation,
      beganMs: this.#state.nowMs,
      hasCanceled: false,
      result: undefined,
    });
  }

  #cancel(about: Known | undefined): void {
    if (about === undefined || !about.isHeld) return;
    const before = this.#status(about.id);
    this.#apply((ledger, nowMs) => cancelVerification(ledger, about.id, nowMs));
    const after = this.#status(about.id);
    must(before !== "pending" || after === "canceled", "a verification is canceled at once");
    must(before !== "approved" || after === "approved", "an approval stays");
  }

  #goOn(conversation: Conversation | undefined, fault: Fault): void {
    if (conversation === undefined) return;
    if (fault === "dies") return this.#leave(conversation, this.#state.lost);
    const { about, cancelFirst, result } = conversation;
    if (result !== undefined) {
      if (fault === "late" || fault === "lost_before")
        return this.#leave(conversation, fault === "late" ? this.#state.late : this.#state.lost);
      this.#leave(conversation);
      // The answer of the settlement was lost: a retry must change nothing.
      this.#settle(conversation);
      if (fault === "lost_after") {
        const before = this.#state.ledger;
        this.#settle(conversation);
        must(
          JSON.stringify(before) === JSON.stringify(this.#state.ledger),
          "a settlement is idempotent",
        );
      }
      return;
    }
    const hasTime = this.#state.nowMs < conversation.beganMs + conversationMs;
    if (!hasTime) {
      conversation.result = conversation.kind === "send" ? { kind: "refused" } : "not_judged";
    } else if (cancelFirst !== undefined) {
      if (fault !== "lost_before")
        this.#twilio.cancel(about.service, cancelFirst.sid, this.#state.nowMs);
      const isLost = fault === "lost_before" || fault === "lost_after";
      if (isLost) conversation.result = { kind: "refused" };
      else conversation.hasCanceled = true;
      conversation.cancelFirst = undefined;
    } else if (conversation.kind === "send") {
      conversation.result = this.#sendAtTwilio(conversation, fault);
    } else {
      conversation.result = this.#checkAtTwilio(conversation, fault);
    }
  }

  #sendAtTwilio({ about }: Conversation, fault: Fault): SendResult {
    if (fault === "lost_before") return { kind: "unknown" };
    const answer = this.#twilio.send(about.service, about.binding, this.#state.nowMs);
    return fault === "lost_after" ? { kind: "unknown" } : answer;
  }

  #checkAtTwilio({ about, sid, isRight }: Conversation, fault: Fault): CheckResult {
    if (fault === "lost_before") return "unknown";
    const typed = isRight ? this.#twilio.live(about.service, this.#state.nowMs)?.sid : undefined;
    const answer = this.#twilio.check(about.service, sid, typed, this.#state.nowMs);
    if (answer === "approved") {
      const { bindings } = this.#twilio.verifications.find((one) => one.sid === typed) ?? {};
      const names = [...(bindings ?? [])];
      must(
        names.every((binding) => binding === about.binding),
        `a code serves one transaction: ${names.join()} for ${about.binding}`,
      );
    }
    return fault === "lost_after" ? "unknown" : answer;
  }

  #leave(conversation: Conversation, to?: Conversation[]): void {
    this.#state.open.splice(this.#state.open.indexOf(conversation), 1);
    to?.push(conversation);
  }

  #settle(conversation: Conversation): void {
    const { about, name, result, hasCanceled } = conversation;
    const isInTime = this.#state.nowMs < conversation.beganMs + leaseMs;
    const model = this.#account(about.caller);
    if (typeof result === "object") {
      const settlement = { id: about.id, send: name, result, hasCanceled };
      if (result.kind === "sent") about.isHeld = true;
      if (result.kind === "refused" && isInTime)
        this.#state.sends = this.#state.sends.filter((send) => send.name !== name);
      this.#apply((ledger, nowMs) => settleSend(ledger, settlement, nowMs));
      return;
    }
    if (result === undefined) return;
    const wasApproved = this.#state.approved.get(about.id);
    const settlement = { id: about.id, attempt: name, result };
    const wasInTime = isInTime && this.#state.ledger.lines[about.service]?.lease?.name === name;
    const outcome = this.#apply((ledger, nowMs) => settleCheck(ledger, settlement, nowMs));
    if (wasInTime && result === "wrong") this.#countFailure(about.caller, this.#state.nowMs);
    if (outcome.kind !== "approved") return;
    if (wasApproved === name) return;
    must(wasApproved === undefined, "a verification is approved once");
    must(wasInTime && result === "approved", "a late settlement approves nothing");
    this.#state.approved.set(about.id, name);
    model.failures = 0;
    model.lockedUntilMs = 0;
  }

  /** Ends leases of crashed holders. Their checks count as wrong. */
  #endLeases(): void {
    for (const list of [this.#state.lost, this.#state.late, this.#state.open])
      for (const conversation of [...list].toSorted((one, two) => one.beganMs - two.beganMs)) {
        const { name, kind, about, beganMs } = conversation;
        if (this.#state.nowMs < beganMs + leaseMs || this.#state.ended.has(name)) continue;
        this.#state.ended.add(name);
        if (kind === "check") this.#countFailure(about.caller, beganMs + leaseMs);
      }
  }
  #account(caller: PlayCaller): Account {
    const account = this.#state.accounts.get(caller);
    must(account !== undefined, "every caller has an account");
    return account;
  }

  /** Returns the sends that share a window with those of the caller. */
  #sendsOf(caller: PlayCaller) {
    return this.#state.sends.filter((send) => shareSends(send.caller, caller));
  }

  #countFailure(caller: PlayCaller, atMs: number): void {
    const model = this.#account(caller);
    model.failures += 1;
    if (model.failures % 10 !== 0) return;
    const lockMs = Math.min(24 * 60 * minute, 15 * minute * 2 ** (model.failures / 10 - 1));
    model.lockedUntilMs = atMs + lockMs;
  }

  #hasRoom(caller: PlayCaller): boolean {
    const sends = this.#sendsOf(caller);
    const { failures, lockedUntilMs } = this.#account(caller);
    if (failures >= hardStops[classOf(caller)] || this.#state.nowMs < lockedUntilMs) return false;
    return limits.every(
      ({ count, seconds }) =>
        sends.filter(({ atMs }) => this.#state.nowMs - atMs < seconds * second).length < count,
    );
  }

  /** A caller within its limits is refused only if the code is used up or near its end. */
  #assertUsedUp(service: string, caller: PlayCaller): void {
    const ledger = endOverdueLeases(this.#state.ledger, this.#state.nowMs);
    const code = ledger.codes[ledger.lines[service]?.code ?? ""];
    must(code?.engine === "verify", "a caller with room is refused by a live code alone");
    const used = Object.values(code.used);
    const attempts = used.reduce((sum, each) => sum + each.attempts, 0);
    const sends = used.reduce((sum, each) => sum + each.sends, 0);
    const isNearEnd = code.expiresAtMs - this.#state.nowMs < 15 * second;
    const isUsedUp = attempts >= 5 || sends >= 5 || code.isExhausted === true;
    must(isNearEnd || isUsedUp, "a caller with room is refused by a used-up code alone");
    if (caller === "anonymous" || isNearEnd) return;
    const own = code.used[caller] ?? { sends: 0, attempts: 0 };
    must(own.attempts >= 5 || own.sends >= 5, "others use up nothing of known and service");
  }

  #assertInvariants(): void {
    const ledger = endOverdueLeases(this.#state.ledger, this.#state.nowMs);
    for (const caller of callers) {
      const model = this.#account(caller);
      const { failures, lockedUntilMs, sends } = accountOf(ledger, caller);
      must(failures === model.failures, `${caller}: ${failures} failures, not ${model.failures}`);
      must(lockedUntilMs === model.lockedUntilMs, `${caller} is locked as it must be`);
      for (const { count, seconds } of limits) {
        const isCounted = ({ atMs }: { atMs: number }) =>
          this.#state.nowMs - atMs < seconds * second;
        const counted = sends.filter(isCounted);
        const made = this.#sendsOf(caller).filter(isCounted);
        must(
          counted.length === made.length,
          `${caller}: ${counted.length} sends, not ${made.length}`,
        );
        must(made.length <= count, "a window holds no more sends than its limit");
      }
    }
    for (const { checks } of this.#twilio.verifications)
      must(checks <= 5, "a code is judged five times at most");
    for (const code of Object.values(ledger.codes)) {
      const attempts = Object.values(code.used).reduce((sum, used) => sum + used.attempts, 0);
      must(attempts <= 5, "a code has five attempts at most");
    }
    this.#assertLive(ledger);
  }

  /** Between conversations the ledger must know each live verification at Twilio. */
  #assertLive(ledger: Ledger): void {
    for (const service of new Set(this.#state.known.map((each) => each.service))) {
      const line = ledger.lines[service];
      const live = this.#twilio.live(service, this.#state.nowMs);
      if (live === undefined || line?.lease !== undefined) continue;
      const code = ledger.codes[line?.code ?? ""];
      must(code?.engine === "verify", `Twilio's ${live.sid} is live and the ledger knows it`);
      const { state } = code;
      must(
        state.name === "unnamed" ||
          state.name === "unsure" ||
          (state.name === "live" && state.sid === live.sid),
        `Twilio's ${live.sid} is live, and the ledger has ${JSON.stringify(state)}`,
      );
    }
  }

  #status(id: string) {
    const ledger = endOverdueLeases(this.#state.ledger, this.#state.nowMs);
    const verification = findVerification(ledger, id);
    return verification && statusOf(ledger, verification, this.#state.nowMs);
  }

  /** By caller, so that histories that differ in the order of independent steps come together. */
  #name(kind: string, caller: PlayCaller): string {
    const made = (this.#state.made.get(caller) ?? 0) + 1;
    this.#state.made.set(caller, made);
    return `${kind} ${made} of ${caller}`;
  }

  #apply<Outcome>(rule: (ledger: Ledger, nowMs: number) => Step<Outcome>): Outcome {
    const { outcome, next } = rule(deepFreeze(this.#state.ledger), this.#state.nowMs);
    this.#state.ledger = asStored(next);
    return outcome;
  }
}

function must(holds: boolean, invariant: string): asserts holds {
  if (!holds) throw new Error(`broken: ${invariant}`);
}

/** Picks from the newest values, where races happen. */
function pick<Value>(values: readonly Value[], which: number): Value | undefined {
  return values.at(-1 - (which % Math.min(values.length || 1, 4)));
}
