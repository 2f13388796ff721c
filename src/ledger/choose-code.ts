import { classOf } from "./accounts.ts";
import { takeLine } from "./lease.ts";
import { sharedCodeOf } from "./shared-code.ts";
import type { Lease, SharedCode } from "./code-state.ts";
import type { CallerRef, Ledger } from "./state.ts";
import { attemptsRemaining, lastSendMs, maxAttempts, sendsOf, verificationsOn } from "./view.ts";

/** Twilio Verify refuses a sixth send of one code. */
export const maxSendsOfSharedCode = 5;

/** A code of Twilio Verify for a service. `binding` is the hash of the transaction that it confirms. */
export interface SharedPlan {
  readonly engine: "verify";
  readonly service: string;
  readonly lifetimeMs: number;
  readonly binding?: string;
}

/**
 * A limit, a lock or a used-up code refuses. All give the same answer, so a stranger learns
 * nothing.
 */
export interface NumberRefusal {
  readonly kind: "number_refused";
  readonly retryAfterMs: number;
  /** What refuses. It is only logged, and the caller never learns it. */
  readonly by: NumberRule;
}

export type NumberRule =
  | "number:window"
  | "number:lock"
  | "number:code_used_up"
  /** The live code expires in a moment, and Twilio would send it again. */
  | "number:code_expiring";

/** A verification at Twilio to cancel: by its sid, or by the number if the sid is unknown. */
export interface Cancelable {
  readonly service: string;
  readonly sid?: string;
}

export type Choice =
  | { readonly kind: "code"; readonly code: string; readonly cancelFirst?: Cancelable }
  | NumberRefusal;

/**
 * Chooses the code of a send: the live one, or a new one with the name `newName`. May refuse the
 * send.
 */
export function chooseCode(
  ledger: Ledger,
  plan: SharedPlan,
  newName: string,
  caller: CallerRef,
  nowMs: number,
): Choice {
  const chosen = choose(ledger, plan, newName, caller, nowMs);
  if (chosen.kind === "code" && chosen.code === newName) {
    const { engine, service, binding, lifetimeMs } = plan;
    ledger.codes[newName] = {
      engine,
      service,
      ...(binding !== undefined && { binding }),
      state: { name: "opening" },
      expiresAtMs: nowMs + lifetimeMs,
      used: {},
    };
  }
  return chosen;
}

function choose(
  ledger: Ledger,
  { service, binding }: SharedPlan,
  newName: string,
  caller: CallerRef,
  nowMs: number,
): Choice {
  const { code: name, mayLiveUntilMs = 0 } = ledger.lines[service] ?? {};
  const live = name === undefined ? undefined : sharedCodeOf(ledger, name);
  const open = { kind: "code", code: newName } as const;
  if (name === undefined || live === undefined) return open;
  const isExpired = nowMs >= live.expiresAtMs;
  if (isExpired && nowMs >= mayLiveUntilMs) return open;
  const sid = live.state.name === "live" ? live.state.sid : undefined;
  const replace = { ...open, cancelFirst: { service, ...(sid !== undefined && { sid }) } };
  const leftMs = live.expiresAtMs - nowMs;
  const refusedBy = (by: NumberRule) =>
    ({ kind: "number_refused", retryAfterMs: leftMs, by }) as const;

  // The code confirms another transaction, or another code may be live at Twilio.
  if (isExpired || live.binding !== binding || live.state.name === "unsure") return replace;
  const isHeld = verificationsOn(ledger, name).some(({ ended }) => ended === undefined);
  // An unnamed code is sent again even if no verification uses it, because Twilio's answer tells its sid.
  if (!isHeld && (sid !== undefined || isUsedUp(live))) return replace;
  if (isUsedUp(live)) return mayRenew(live, caller) ? replace : refusedBy("number:code_used_up");
  return leftMs < lastSendMs ? refusedBy("number:code_expiring") : { kind: "code", code: name };
}

/** Takes the line for a send of the chosen code. Changes `ledger`. */
export function leaseForSend(
  ledger: Ledger,
  service: string,
  about: Pick<Lease, "name" | "verification">,
  { code, cancelFirst }: Extract<Choice, { kind: "code" }>,
  nowMs: number,
): void {
  const work = cancelFirst === undefined ? "send" : "cancel_and_send";
  takeLine(ledger, service, { ...about, code, work }, nowMs);
}

/**
 * Returns whether this caller may replace a used-up code by a new one. It may if other callers have used
 * the code up. A stranger never may.
 */
export function mayRenew(code: SharedCode, caller: CallerRef): boolean {
  if (classOf(caller) === "anonymous" || !isUsedUp(code)) return false;
  const { sends = 0, attempts = 0 } = code.used[caller] ?? {};
  return attempts < maxAttempts && sends < maxSendsOfSharedCode;
}

const isUsedUp = (code: SharedCode): boolean =>
  attemptsRemaining(code) === 0 || sendsOf(code) >= maxSendsOfSharedCode;
