import type { Config } from "../config.ts";
import type { Guard } from "../guard/guard.ts";
import type { AddressWindows } from "../guard/kv-windows.ts";
import type { SendBudgetClient } from "../guard/send-budget.ts";
import type { Runtime } from "../runtime.ts";
import type { Dispatch } from "../sending/dispatch.ts";
import type { CallerClass } from "../contract/words.ts";
import type { LineLookup } from "../phone/line-lookup.ts";
import type { NumberLedger } from "../ledger/number-ledger.ts";
import type { OwnMessage } from "../sending/own-message.ts";
import type { TwilioVerify } from "../sending/twilio-verify.ts";
import type { LedgerAddress } from "../ledger/address.ts";

/** What the use cases of one request depend on. */
export interface VerificationDeps {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly ledgerAt: (address: LedgerAddress) => NumberLedger;
  readonly budget: SendBudgetClient;
  readonly windows: AddressWindows;
  readonly guard: Guard;
  readonly lookup: LineLookup;
  readonly dispatch: Dispatch;
  readonly verify: TwilioVerify;
  readonly message: OwnMessage | undefined;
}

/** The caller of a request. Its class selects the limits, and its scope the idempotency keys. */
export interface Caller {
  readonly class: CallerClass;
  readonly address: string;
  /** The unchanged `CF-Connecting-IP`, for Turnstile. */
  readonly remoteIp?: string;
  readonly scope: string;
  /** The session of a valid access token, for a step-up. */
  readonly session?: string;
}
