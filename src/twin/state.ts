import { paidAccount, type Account } from "./account/account.ts";
import type { Fault } from "./faults.ts";
import type { Inbox } from "./inbox.ts";
import type { CallbackRecord } from "./messaging/callback-record.ts";
import { PLAIN_CALLBACKS, type CallbackRule } from "./messaging/callback-rule.ts";
import type { Message } from "./messaging/message.ts";
import type { Redeemed } from "./turnstile/siteverify.ts";
import { seededServices, type Service } from "./verify/service.ts";
import type { Verification } from "./verify/verification.ts";

export const STATE_VERSION = 5;

/**
 * The whole state of the twin as one JSON value. Each part declares its own type. No part imports
 * this file, because that would be a circular import.
 */
export interface TwinState extends Inbox {
  /** A stored state of another version is dropped. */
  version: typeof STATE_VERSION;
  /** Seconds by which the twin's clock is ahead of the machine's clock. */
  advancedSeconds: number;
  account: Account;
  services: Service[];
  verifications: Verification[];
  faults: Fault[];
  /** Oldest first. */
  messages: Message[];
  /** Numbers that replied STOP. */
  optedOut: string[];
  /** The rule for the next messages. */
  callbackRule: CallbackRule;
  /** Oldest first. */
  callbacks: CallbackRecord[];
  /** The used Turnstile tokens, oldest first. */
  redeemed: Redeemed[];
}

const KEEP_MS = 24 * 60 * 60 * 1000;
const MAX_VERIFICATIONS = 5000;
const MAX_MESSAGES = 1000;
const MAX_INBOX = 1000;
const MAX_CALLBACKS = 1000;
const MAX_REDEEMED = 1000;

export function freshState(nowMs: number): TwinState {
  return {
    version: STATE_VERSION,
    advancedSeconds: 0,
    account: paidAccount(),
    services: seededServices(nowMs),
    verifications: [],
    inbox: [],
    delivered: 0,
    faults: [],
    messages: [],
    optedOut: [],
    callbackRule: PLAIN_CALLBACKS,
    callbacks: [],
    redeemed: [],
  };
}

/** Drops old entries, so that a twin that runs for weeks stays small. */
export function prune(state: TwinState, nowMs: number): void {
  const oldestMs = nowMs - KEEP_MS;
  state.verifications = kept(state.verifications, oldestMs, MAX_VERIFICATIONS);
  state.messages = kept(state.messages, oldestMs, MAX_MESSAGES);
  if (state.inbox.length > MAX_INBOX) state.inbox = state.inbox.slice(-MAX_INBOX);
  if (state.callbacks.length > MAX_CALLBACKS)
    state.callbacks = state.callbacks.slice(-MAX_CALLBACKS);
  if (state.redeemed.length > MAX_REDEEMED) state.redeemed = state.redeemed.slice(-MAX_REDEEMED);
}

/** Returns the newest entries; the same array if none has to be dropped. */
function kept<T extends { createdMs: number }>(all: T[], oldestMs: number, most: number): T[] {
  if (all.length <= most && all.every(({ createdMs }) => createdMs >= oldestMs)) return all;
  return all.filter(({ createdMs }) => createdMs >= oldestMs).slice(-most);
}
