import type { StartedVerification, VerificationView } from "../contract/verifications.ts";
import type { Channel } from "../contract/channels.ts";
import type { Purpose } from "../contract/words.ts";
import type { AddressRefusal } from "../guard/kv-windows.ts";
import type { StoreUnavailable } from "../lib/store.ts";
import type { AppClaims } from "../handles/app-claims.ts";
import type { Trouble } from "../sending/engine.ts";
import type { NotPending } from "../ledger/view.ts";
import type { Busy, InFlight } from "../ledger/lease.ts";
import type { Refusal } from "./weigh.ts";
import type { VerificationHandle } from "../handles/verification-id.ts";

/** Why no code was sent. */
export type SendRefusal = Refusal | Busy | InFlight | Trouble;

export type StartOutcome =
  | { readonly kind: "started"; readonly verification: StartedVerification }
  | { readonly kind: "purpose_not_enabled" }
  | { readonly kind: "idempotency_key_reused" }
  | { readonly kind: "lost_send" }
  /** The app's send hook refuses the number. */
  | { readonly kind: "not_allowed" }
  | { readonly kind: "hook_unavailable" }
  | SendRefusal;

export type ResendOutcome =
  | { readonly kind: "resent"; readonly verification: StartedVerification }
  | { readonly kind: "cooldown"; readonly retryAfterMs: number }
  | NotPending
  | SendRefusal;

/** What a right code proves. */
export interface Proven {
  readonly to: string;
  readonly handle: VerificationHandle;
  readonly channel: Channel;
  readonly purpose: Purpose;
  /** What the app's backend told, if a backend started the verification. */
  readonly app: AppClaims | undefined;
  /** Set for a test number: the end of its entry, in ms. The code proves nothing about a phone. */
  readonly testUntilMs?: number | undefined;
}

/** What the caller gets for a right code. */
export interface Reward<Earned> {
  readonly grant: (proven: Proven) => Promise<Granted<Earned>>;
  /**
   * With Twilio Verify, a reward that can be taken back is granted while the ledger stores the
   * approval. It is taken back if the ledger refuses, before any caller is told. Every other reward is
   * granted after the ledger's answer.
   */
  readonly takeBack?: (earned: Earned) => Promise<void>;
}

export type Granted<Earned> =
  | { readonly kind: "granted"; readonly earned: Earned }
  /** The session of the step-up has ended. */
  | { readonly kind: "session_ended" }
  /** The app's session hook refuses the sign-in. */
  | { readonly kind: "not_allowed" }
  | StoreUnavailable;

export type CheckOutcome<Earned> =
  | {
      readonly kind: "approved";
      readonly earned: Earned;
      /** Makes its holder a known caller of this number. */
      readonly deviceToken: string;
    }
  | { readonly kind: "wrong_code"; readonly attemptsRemaining: number }
  | { readonly kind: "locked"; readonly retryAfterMs: number }
  | { readonly kind: "other_session" }
  | { readonly kind: "session_ended" }
  | { readonly kind: "not_allowed" }
  | NotPending
  | Busy
  | Trouble
  | AddressRefusal
  | StoreUnavailable;

export type ReadOutcome =
  | { readonly kind: "found"; readonly verification: VerificationView }
  | { readonly kind: "not_found" }
  | StoreUnavailable;
