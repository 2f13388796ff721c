import fc from "fast-check";
import { describe, it } from "vitest";
import { hardStops } from "../../src/ledger/caller-limits.ts";
import type { CheckResult } from "../../src/ledger/judge.ts";
import { recordDelivery } from "../../src/ledger/delivery.ts";
import { accountOf, classOf, shareSends } from "../../src/ledger/accounts.ts";
import type { Attempt, Ledger } from "../../src/ledger/state.ts";
import type { Cancelable } from "../../src/ledger/shared-code.ts";
import { find } from "../../src/ledger/view.ts";
import type { PreviousSend, SendResult } from "../../src/ledger/reserve.ts";
import { failOverdueAttempts } from "../../src/ledger/overdue-attempts.ts";
import {
  callers,
  day,
  hour,
  LedgerPlay,
  type PlayCaller,
  minute,
  rightDigest,
  second,
  signIn,
  twoFactor,
  wrongDigest,
} from "./play.ts";
import { runs } from "../helpers/runs.ts";

const scripts = runs(1000);

const clockSteps = [
  1,
  999,
  5 * second,
  15 * second,
  30 * second - 1,
  30 * second,
  30 * second + 1,
  40 * second,
  90 * second,
  120 * second,
  5 * minute,
  9 * minute + 40 * second,
  10 * minute - 1,
  10 * minute,
  15 * minute,
  30 * minute,
  hour,
  day,
  day + 10 * minute,
];

const limitSets = [
  [
    { count: 5, seconds: 600 },
    { count: 10, seconds: 86_400 },
  ],
  [{ count: 2, seconds: 60 }],
  [{ count: 100, seconds: 3600 }],
  [
    { count: 3, seconds: 20 },
    { count: 30, seconds: 600 },
  ],
];

const services = [signIn, signIn, twoFactor, "own"] as const;
const forcedResults: readonly CheckResult[] = [
  "approved",
  "wrong",
  "last_wrong",
  "canceled",
  "expired",
  "gone",
  "unknowable",
  "exhausted",
  "unknown",
  "not_judged",
];

/** What each caller has done, as the contract counts it. */
interface AccountModel {
  sends: { id: string; atMs: number; isReleased: boolean }[];
  failures: number;
  lockedUntilMs: number;
}

interface OpenSend {
  readonly id: string;
  readonly send: string;
  readonly caller: PlayCaller;
  readonly service: string;
  readonly atMs: number;
  readonly previous?: PreviousSend;
  /** Twilio's answer, when it was given before the script went on. */
  early?: Extract<SendResult, { kind: "sent" }>;
  settled?: SendResult;
}

interface OpenAttempt {
  readonly id: string;
  readonly attempt: string;
  readonly caller: PlayCaller;
  /** The life of the code that it tries. */
  readonly life: Life;
  readonly deadlineMs: number;
  state: "outstanding" | "over" | "right";
  settled?: CheckResult;
}

/** One code under one sid. */
interface Life {
  judgements: number;
  approved?: string;
}

/** Drives one ledger with a random script and holds it against the contract after every step. */
class Script extends LedgerPlay {
  readonly #limits: (typeof limitSets)[number];
  readonly #accounts: Record<PlayCaller, AccountModel>;
  readonly #sends: OpenSend[] = [];
  readonly #attempts: OpenAttempt[] = [];
  readonly #lives = new Map<string, Life>();
  readonly #ids: { id: string; caller: PlayCaller }[] = [];
  /** Verifications whose holder has their id, so that Twilio has sent them. */
  readonly #answered = new Set<string>();
  readonly #approved = new Map<string, string>();
  readonly #expiries = new Map<string, number>();
  readonly #deliveries = new Map<string, number>();
  /** Verifications that this step may bring back: their own send goes on with another code. */
  #mayReopen = new Set<string>();
  /** Attempts that this step may let become an approval. */
  #mayApprove = new Set<string>();

  constructor(limits: number, failures: readonly number[]) {
    super();
    this.#limits = limitSets[limits % limitSets.length] ?? [];
    const model = (index: number, sends: AccountModel["sends"] = []): AccountModel => ({
      sends,
      failures: failures[index] ?? 0,
      lockedUntilMs: 0,
    });
    // The users of one client have their own wrong codes, and their sends together.
    const ofShop: AccountModel["sends"] = [];
    this.#accounts = {
      anonymous: model(0),
      known: model(1),
      "service:shop:ann": model(2, ofShop),
      "service:shop:bob": model(3, ofShop),
      "service:bank": model(4),
    };
    const stored = (index: number) => ({ failures: failures[index] ?? 0, lockedUntilMs: 0 });
    const subject = (index: number) => ({ ...stored(index), lastFailureAtMs: 0 });
    this.ledger = {
      ...this.ledger,
      callers: { anonymous: { ...stored(0), sends: [] }, known: { ...stored(1), sends: [] } },
      clients: {
        shop: { sends: [], remainder: 0, subjects: { ann: subject(2), bob: subject(3) } },
        bank: { sends: [], remainder: 0, subjects: { "": subject(4) } },
      },
    };
  }

  /** One step; each number chooses something. */
  step([what, a, b, c]: readonly [number, number, number, number]): void {
    const before = this.ledger;
    const statuses = this.#statuses();
    this.#mayReopen = new Set();
    this.#mayApprove = new Set();
    const actor = this.#act(what, a, b, c);
    this.#overdue();
    this.#compare(before, actor, statuses);
  }

  /** Whose counters may have changed. */
  #act(what: number, a: number, b: number, c: number): PlayCaller | undefined {
    if (what < 36) return this.#start(a, b, c);
    if (what < 66) return this.#resend(a, b);
    if (what < 106) return this.#settleSend(a, b, c);
    if (what < 140) return this.#begin(a, b);
    if (what < 172) return this.#settleCheck(a, b);
    if (what < 180) return this.#settleAgain(a, b);
    if (what < 187) return this.#cancel(a, b);
    if (what < 191) return this.#deliver(a, b, c);
    if (what < 194) return void this.prune();
    if (what < 197) {
      this.#cancelAtTwilio({ service: services[a % services.length] ?? signIn });
      return undefined;
    }
    if (what < 212) return this.#guess(a);
    this.wait(clockSteps[a % clockSteps.length] ?? 0);
    return undefined;
  }

  #start(a: number, b: number, c: number): PlayCaller {
    const caller = callers[a % callers.length] ?? "anonymous";
    const service = services[b % services.length] ?? signIn;
    const model = this.#accounts[caller];
    const isFirst = callers.every((each) => this.#accounts[each].sends.length === 0);
    const wasEmpty = JSON.stringify(this.ledger);
    const before = this.ledger;
    const idempotency = c % 4 === 0 && { key: `key${c % 3}`, body: `body${c % 2}` };
    const { id, send, outcome } = this.reserve({
      caller,
      service,
      limits: this.#limits,
      ...(idempotency && { idempotency }),
    });
    if (outcome.kind !== "send" && isFirst)
      must(JSON.stringify(this.ledger) === wasEmpty, "a refused first start writes nothing");
    if (outcome.kind === "replayed")
      must(
        this.#ids.some((known) => known.id === outcome.id && shareSends(known.caller, caller)),
        "a key is replayed for its own class or client alone",
      );
    if (outcome.kind === "number_refused") {
      must(outcome.retryAfterMs > 0, "a refusal says when to come back");
      if (this.#hasRoom(model, caller)) this.#expectUsedUp(before, service, caller);
    }
    if (outcome.kind !== "send") return caller;
    must(this.#hasRoom(model, caller), "no send passes a window, a lock or the hard stop");
    this.#sent({ id, send, caller, service, canceled: outcome.cancelFirst, c });
    this.#expectNobodyEnded(before, id, caller, service, outcome.cancelFirst !== undefined);
    this.#ids.push({ id, caller });
    return caller;
  }

  /** Somebody who has an id, and so was told that its code was sent. */
  #holder(choice: number): { id: string; caller: PlayCaller } | undefined {
    const holder = pick(this.#ids, choice);
    if (holder === undefined) return undefined;
    this.#answered.add(holder.id);
    for (const open of this.#sends)
      if (open.id === holder.id && open.previous === undefined && open.settled === undefined)
        open.early ??= this.sent(open.service);
    return holder;
  }

  #resend(a: number, b: number): PlayCaller | undefined {
    const known = this.#holder(a);
    if (known === undefined) return undefined;
    const { id, caller } = known;
    const model = this.#accounts[caller];
    const before = this.ledger;
    const statusBefore = this.status(id);
    const { send, outcome } = this.reserveResend(id, { limits: this.#limits });
    if (outcome.kind !== "send") return caller;
    must(this.#hasRoom(model, caller), "no send passes a window, a lock or the hard stop");
    const service = "service" in outcome.code ? outcome.code.service : "own";
    const isRenewed = outcome.cancelFirst !== undefined;
    // What others have used up, on a code that was right for one of them: there is nothing to cancel.
    const isGone =
      statusBefore === "exhausted" && before.live[service] !== before.verifications[id]?.code;
    if (isRenewed || isGone) this.#mayReopen.add(id);
    else must(statusBefore === "pending", "only what is pending is sent again");
    const { previous } = outcome;
    this.#sent({ id, send, caller, service, canceled: outcome.cancelFirst, c: b, previous });
    this.#expectNobodyEnded(before, id, caller, service, isRenewed);
    return caller;
  }

  #sent(sent: {
    id: string;
    send: string;
    caller: PlayCaller;
    service: string;
    canceled: Cancelable | undefined;
    c: number;
    previous?: PreviousSend;
  }): void {
    const { id, send, caller, service, previous } = sent;
    const atMs = this.nowMs;
    this.#accounts[caller].sends.push({ id: send, atMs, isReleased: false });
    if (sent.canceled !== undefined) {
      must(sent.canceled.reference !== undefined, "what is canceled is named by its sid");
      this.#cancelAtTwilio(sent.canceled);
    }
    const early = sent.c % 3 === 0 ? this.sent(service) : undefined;
    this.#sends.push({
      id,
      send,
      caller,
      service,
      atMs,
      ...(previous && { previous }),
      ...(early && { early }),
    });
  }

  /** Without a reference somebody else has done it, in Twilio's console. */
  #cancelAtTwilio({ service, reference }: { service: string; reference?: string }): void {
    const sid = this.sids.get(service)?.sid;
    if (reference !== undefined && reference !== sid) return;
    this.sids.delete(service);
    // The next one is younger.
    this.wait(1);
  }

  #settleSend(a: number, b: number, c: number): PlayCaller | undefined {
    const open = pick(
      this.#sends.filter(({ settled }) => settled === undefined),
      a,
    );
    if (open === undefined) return undefined;
    const expiresAtMs = this.nowMs + 10 * minute;
    const own = { sealed: this.name("sealed code "), digest: rightDigest };
    const results: SendResult[] = [
      { kind: "refused", ...(open.previous && { previous: open.previous }) },
      { kind: "unknown" },
      { kind: "sent", expiresAtMs, reference: this.name("SM"), fallback: own },
    ];
    // The id is told when the start was sent, and a code that took over is written down before.
    const isAnswered = open.previous === undefined && this.#answered.has(open.id);
    const isOwn = open.service === "own" && b % 10 === 2;
    const forced = isAnswered || isOwn ? undefined : results[b % 10];
    const result = forced ?? open.early ?? this.sent(open.service);
    open.settled = result;
    if (result.kind === "refused" && this.nowMs < open.atMs + 30 * second)
      for (const send of this.#accounts[open.caller].sends)
        if (send.id === open.send) send.isReleased = true;
    this.#mayReopen.add(open.id);
    this.settle(open.id, open.send, result);
    // An answer that was lost on its way is said again.
    if (c % 4 === 0) this.#settleSendAgain(open);
    return open.caller;
  }

  #settleSendAgain({ id, send, settled }: OpenSend): void {
    if (settled === undefined) return;
    const before = JSON.stringify(this.ledger);
    const isKnown = callers.some((caller) =>
      accountOf(this.ledger, caller).sends.some((known) => known.id === send),
    );
    this.settle(id, send, settled);
    if (isKnown) must(JSON.stringify(this.ledger) === before, "a send is settled once");
  }

  #begin(a: number, b: number): PlayCaller | undefined {
    const known = this.#holder(a);
    if (known === undefined) return undefined;
    const { id, caller } = known;
    const model = this.#accounts[caller];
    const statusBefore = this.status(id);
    const found = find(this.ledger, id);
    const life = found && this.#lifeOf(found.verification.code, this.ledger);
    const outstanding = this.#outstanding(caller);
    const { attempt, outcome } = this.begin(id, b % 6 === 0 ? "right" : "wrong");
    const isJudged = Object.values(this.ledger.codes).some(({ attempts }) =>
      attempts.some((each) => each.id === attempt),
    );
    must(
      isJudged || !["ask", "approved", "wrong_code"].includes(outcome.kind),
      "an attempt is counted before it is judged",
    );
    if (!isJudged || life === undefined) return caller;
    must(statusBefore === "pending", "only what is pending is judged");
    must(this.nowMs >= model.lockedUntilMs, "nothing is judged under a lock");
    const nextLock = (Math.floor(model.failures / 10) + 1) * 10;
    must(
      model.failures + outstanding < Math.min(nextLock, hardStops[classOf(caller)]),
      "no judgement passes a lock or the hard stop",
    );
    life.judgements += 1;
    const open: OpenAttempt = {
      id,
      attempt,
      caller,
      life,
      deadlineMs: this.nowMs + 30 * second,
      state: "outstanding",
    };
    this.#attempts.push(open);
    if (outcome.kind === "ask") return caller;
    open.settled = outcome.kind === "approved" ? "approved" : "wrong";
    this.#judged(open, outcome.kind === "approved", statusBefore);
    return caller;
  }

  /** Wrong codes in a row, as many as are taken. */
  #guess(a: number): PlayCaller | undefined {
    const known = this.#holder(a);
    for (let tries = 0; tries < 6; tries += 1) {
      const outstanding = this.#attempts.length;
      this.#begin(a, 1);
      const open = this.#attempts[outstanding];
      if (open?.settled === undefined && open !== undefined) this.#settleAttempt(open, "wrong");
    }
    return known?.caller;
  }

  #settleCheck(a: number, b: number): PlayCaller | undefined {
    const open = pick(
      this.#attempts.filter(({ settled }) => settled === undefined),
      a,
    );
    if (open === undefined) return undefined;
    // Mostly wrong, as an attacker's codes are.
    const result = (b % 2 === 0 && forcedResults[(b >> 1) % forcedResults.length]) || "wrong";
    this.#settleAttempt(open, result);
    return open.caller;
  }

  #settleAgain(a: number, b: number): PlayCaller | undefined {
    if (b % 2 === 0) {
      const open = pick(this.#sends, a);
      if (open?.settled !== undefined) this.#settleSendAgain(open);
      if (open !== undefined) this.#mayReopen.add(open.id);
      return open?.caller;
    }
    const open = pick(this.#attempts, a);
    if (open?.settled === undefined) return open?.caller;
    this.#settleAttempt(open, open.settled);
    return open.caller;
  }

  #settleAttempt(open: OpenAttempt, result: CheckResult): void {
    open.settled = result;
    const statusBefore = this.status(open.id);
    const wasOutstanding = open.state === "outstanding";
    const outcome = this.settleCheck(open.id, open.attempt, result);
    if (outcome.kind === "approved" && open.state === "right") {
      must(this.#approved.get(open.id) === open.attempt, "only the right attempt is told twice");
      return;
    }
    must(outcome.kind !== "approved" || wasOutstanding, "only an outstanding attempt is approved");
    if (!wasOutstanding) return;
    if (result === "not_judged") open.life.judgements -= 1;
    if (result === "wrong" || result === "last_wrong" || outcome.kind === "approved")
      this.#judged(open, outcome.kind === "approved", statusBefore);
    else open.state = "over";
  }

  #judged(open: OpenAttempt, isApproved: boolean, statusBefore: string | undefined): void {
    const model = this.#accounts[open.caller];
    if (!isApproved) {
      open.state = "over";
      this.#countFailure(model, this.nowMs);
      return;
    }
    open.state = "right";
    // By the clock it may be over since the attempt began, and so may the code that its verification
    // has moved to; else nothing that is over is approved.
    const code = this.ledger.verifications[open.id]?.code ?? "";
    const hasMoved = this.#lifeOf(code, this.ledger) !== open.life;
    must(
      statusBefore === "pending" ||
        statusBefore === "expired" ||
        (statusBefore === "exhausted" && hasMoved),
      "what is over is not approved",
    );
    must(!this.#approved.has(open.id), "a verification is approved once");
    must(open.life.approved === undefined, "a code approves one verification");
    open.life.approved = open.id;
    this.#approved.set(open.id, open.attempt);
    this.#mayApprove.add(open.id);
    model.failures = 0;
    model.lockedUntilMs = 0;
  }

  #cancel(a: number, b: number): PlayCaller | undefined {
    const known = this.#holder(a);
    if (known === undefined) return undefined;
    const isKnown = this.view(known.id) !== undefined;
    const wasApproved = this.status(known.id) === "approved";
    const before = this.ledger;
    const outcome = this.cancel(known.id);
    must((outcome.kind === "canceled") === isKnown, "whatever is known can be canceled");
    if (outcome.kind !== "canceled") return known.caller;
    must((this.status(known.id) === "approved") === wasApproved, "an approval stays");
    must(this.status(known.id) !== "pending", "what is canceled is over");
    if (outcome.atTwilio === undefined) return known.caller;
    const code = before.verifications[known.id]?.code;
    for (const [id, other] of Object.entries(before.verifications))
      must(
        id === known.id || other.code !== code || other.ended !== undefined,
        "only the last handle takes the code with it",
      );
    // Twilio hears of it now, or not at all.
    if (b % 2 === 0) return known.caller;
    this.#cancelAtTwilio(outcome.atTwilio);
    this.confirmCanceled(outcome.atTwilio);
    return known.caller;
  }

  #deliver(a: number, b: number, c: number): PlayCaller | undefined {
    const known = this.#holder(a);
    if (known === undefined) return undefined;
    const status = (["queued", "sent", "delivered", "failed"] as const)[b % 4] ?? "queued";
    const report = { id: known.id, send: 1 + (c % 3), status };
    this.apply((ledger) => recordDelivery(ledger, report));
    const delivery = this.ledger.verifications[known.id]?.delivery;
    if (delivery === undefined) return undefined;
    const rank = delivery.send * 10 + Math.min(2, ["queued", "sent"].indexOf(delivery.status) & 3);
    must(rank >= (this.#deliveries.get(known.id) ?? 0), "a delivery does not go back");
    this.#deliveries.set(known.id, rank);
    return undefined;
  }

  #hasRoom(model: AccountModel, caller: PlayCaller): boolean {
    if (model.failures >= hardStops[classOf(caller)] || this.nowMs < model.lockedUntilMs)
      return false;
    return this.#limits.every(({ count, seconds }) => {
      const inWindow = model.sends.filter(
        ({ atMs, isReleased }) => !isReleased && this.nowMs - atMs < seconds * second,
      );
      return inWindow.length < count;
    });
  }

  /** A class with room is refused only where the live code is used up, and by itself alone. */
  #expectUsedUp(ledger: Ledger, service: string, caller: PlayCaller): void {
    const code = ledger.codes[ledger.live[service] ?? ""];
    must(code !== undefined, "no class with room is refused without a live code");
    const isEnding = code.expiresAtMs - this.nowMs < 15 * second;
    const sends = Object.values(code.sends).reduce((sum, each) => sum + each, 0);
    must(
      isEnding || code.exhausted === true || code.attempts.length >= 5 || sends >= 5,
      "no class with room is refused while the live code has room",
    );
    if (caller === "anonymous" || isEnding) return;
    // Nobody can have it canceled yet; only its wrong codes keep known and service from sending it.
    if (code.reference === undefined && (code.exhausted || code.attempts.length >= 5)) return;
    const own = code.attempts.filter((attempt) => attempt.caller === caller).length;
    must(own >= 5 || (code.sends[caller] ?? 0) >= 5, "others use up nothing of known and service");
  }

  #expectNobodyEnded(
    before: Ledger,
    id: string,
    caller: PlayCaller,
    service: string,
    isRenewed: boolean,
  ): void {
    for (const [other, { ended }] of Object.entries(before.verifications))
      must(
        this.ledger.verifications[other]?.ended?.status === ended?.status,
        "a send ends nobody before it was sent",
      );
    // On a new code whose maker may have died before he canceled the old one, the next one does.
    const isJoined = this.ledger.verifications[id]?.code === before.live[service];
    const isDying = before.codes[before.live[service] ?? ""]?.dying === true;
    must(
      !isRenewed || isJoined || caller !== "anonymous" || isDying,
      "strangers never renew a code that is not canceled",
    );
  }

  #outstanding(caller: PlayCaller): number {
    return this.#attempts.filter(
      (each) =>
        each.caller === caller && each.state === "outstanding" && this.nowMs < each.deadlineMs,
    ).length;
  }

  #countFailure(model: AccountModel, atMs: number): void {
    model.failures += 1;
    if (model.failures % 10 !== 0) return;
    const lockMs = Math.min(day, 15 * minute * 2 ** (model.failures / 10 - 1));
    model.lockedUntilMs = atMs + lockMs;
  }

  #overdue(): void {
    for (const open of this.#attempts)
      if (open.state === "outstanding" && this.nowMs >= open.deadlineMs) {
        open.state = "over";
        this.#countFailure(this.#accounts[open.caller], open.deadlineMs);
      }
  }

  /** A code under another sid is another code; what is outstanding goes on to count there. */
  #lifeOf(name: string, ledger: Ledger): Life {
    const key = `${name} ${ledger.codes[name]?.reference ?? ""}`;
    const isShared = ledger.codes[name]?.engine === "verify";
    const known = this.#lives.get(isShared ? key : name);
    if (known !== undefined) return known;
    const unnamed = this.#lives.get(`${name} `);
    const life = isShared && unnamed ? unnamed : { judgements: 0 };
    if (isShared && unnamed) this.#lives.delete(`${name} `);
    this.#lives.set(isShared ? key : name, life);
    return life;
  }

  #statuses(): Map<string, string> {
    const statuses = new Map<string, string>();
    for (const { id } of this.#ids) statuses.set(id, this.status(id) ?? "not_found");
    return statuses;
  }

  #compare(
    before: Ledger,
    actor: PlayCaller | undefined,
    statuses: ReadonlyMap<string, string>,
  ): void {
    this.#compareCallers(before, actor);
    this.#compareCodes();
    for (const { id } of this.#ids) {
      const [was, is] = [statuses.get(id), this.status(id)];
      if (was === undefined || was === is || was === "pending") continue;
      if (is === undefined) continue;
      const isRight =
        is === "canceled"
          ? was !== "approved"
          : is === "approved"
            ? this.#mayApprove.has(id)
            : this.#mayReopen.has(id) || is !== "pending";
      must(isRight, `what is ${was} does not become ${is}`);
    }
    must(!JSON.stringify(this.ledger).includes(wrongDigest), "a guess is not kept");
  }

  #compareCallers(before: Ledger, actor: PlayCaller | undefined): void {
    const settled = this.#withoutOverdue(this.ledger);
    const untouched = this.#withoutOverdue(before);
    const told = (ledger: Ledger, caller: PlayCaller) => {
      const { sends: sent, ...failed } = accountOf(ledger, caller);
      const isShared = actor !== undefined && shareSends(actor, caller);
      return JSON.stringify([failed, isShared ? [] : sent]);
    };
    for (const caller of callers) {
      const model = this.#accounts[caller];
      const { failures, lockedUntilMs, sends } = accountOf(settled, caller);
      must(
        failures === model.failures,
        `${caller} has ${model.failures} failures, not ${failures}`,
      );
      must(lockedUntilMs === model.lockedUntilMs, `${caller} is locked as it should be`);
      must(failures <= hardStops[classOf(caller)], "the hard stop holds");
      must(
        actor === undefined ||
          actor === caller ||
          told(settled, caller) === told(untouched, caller),
        `${actor} changes nothing of ${caller}`,
      );
      for (const { count, seconds } of this.#limits) {
        const isCounted = ({ atMs }: { atMs: number }) => this.nowMs - atMs < seconds * second;
        const counted = sends.filter(isCounted).length;
        const sent = model.sends.filter((send) => !send.isReleased && isCounted(send)).length;
        must(counted === sent, "every send counts, and a released one does not");
        must(sent <= count, "no window holds more sends than its limit");
      }
    }
  }

  /** The rules count overdue attempts when they next look; the model at once. */
  #withoutOverdue(ledger: Ledger): Ledger {
    const isLate = ({ state, deadlineMs }: Attempt) =>
      state === "outstanding" && deadlineMs <= this.nowMs;
    const hasLate = Object.values(ledger.codes).some(({ attempts }) => attempts.some(isLate));
    return hasLate ? failOverdueAttempts(ledger, this.nowMs) : ledger;
  }

  #compareCodes(): void {
    for (const [name, code] of Object.entries(this.ledger.codes)) {
      must(this.#lifeOf(name, this.ledger).judgements <= 5, "a code is judged five times at most");
      const key = `${name} ${code.own?.sealed ?? code.reference}`;
      if (code.engine === "verify" && code.reference === undefined) continue;
      const expiresAtMs = this.#expiries.get(key) ?? code.expiresAtMs;
      must(code.expiresAtMs === expiresAtMs, "nothing prolongs a code's life");
      this.#expiries.set(key, expiresAtMs);
    }
    for (const [service, name] of Object.entries(this.ledger.live))
      must(this.ledger.codes[name]?.service === service, "a live code is of its service");
    const replaced = new Map(
      Object.values(this.ledger.codes).map(({ renews, reference }) => [renews, reference]),
    );
    const stoodOn = new Map<string, string>();
    for (const [id, { code: name, start }] of Object.entries(this.ledger.verifications)) {
      const code = this.ledger.codes[name];
      must(code !== undefined, "a verification has its code");
      // What is being sent may stand on a code that was used meanwhile, until Twilio names its own.
      if (code.service === undefined || start === "reserved" || this.status(id) !== "pending")
        continue;
      // Until the send is heard of that takes its place.
      if (replaced.has(name)) {
        must(replaced.get(name) === undefined, "what was replaced is over");
        continue;
      }
      const other = stoodOn.get(code.service) ?? name;
      must(other === name, "a service has one live code");
      stoodOn.set(code.service, name);
    }
  }
}

function must(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new Error(`broken: ${promise}`);
}

function pick<Value>(values: readonly Value[], choice: number): Value | undefined {
  // The newest are where the races are.
  return values.at(-1 - (choice % Math.min(values.length || 1, 6)));
}

describe("a ledger", () => {
  it("keeps its promises under any interleaving, lost answer and crash", () => {
    const byte = fc.nat(255);
    const failures = fc.constantFrom(0, 0, 0, 5, 8, 9, 18, 22, 24);
    fc.assert(
      fc.property(
        byte,
        fc.tuple(
          fc.oneof(failures, fc.constantFrom(38, 48)),
          failures,
          failures,
          failures,
          failures,
        ),
        fc.array(fc.tuple(byte, byte, byte, byte), { minLength: 10, maxLength: 40, size: "max" }),
        (limits, before, steps) => {
          const script = new Script(limits, before);
          for (const step of steps) script.step(step);
        },
      ),
      { numRuns: scripts },
    );
  });
});
