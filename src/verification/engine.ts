import type { Channel, VerificationStatus } from "../contract.ts";

/** Why a code was not sent. The caller's number is never part of it. */
export type SendRefusal =
  | { readonly kind: "invalid_phone_number" }
  | { readonly kind: "unsupported_country" }
  | { readonly kind: "unsupported_number_type" }
  | { readonly kind: "channel_unavailable"; readonly suggestedChannels: readonly Channel[] }
  | { readonly kind: "rate_limited"; readonly retryAfterSeconds: number }
  | ProviderTrouble;

export type ProviderTrouble =
  /** Nothing is known of what was done: the caller is told neither "sent" nor "approved". */
  | { readonly kind: "provider_unavailable"; readonly retryAfterSeconds: number }
  | { readonly kind: "provider_rejected"; readonly providerCode: number | undefined }
  | { readonly kind: "provider_bad_response" };

export interface Sent {
  readonly kind: "sent";
  /** The engine's own name of the verification. */
  readonly reference: string;
  readonly expiresAtMs: number;
}

/** `gone`: the engine does not know it any more: used, expired, canceled or never there. */
export type Judgement =
  | { readonly kind: "approved" }
  | { readonly kind: "wrong_code" }
  | { readonly kind: "exhausted" }
  | { readonly kind: "gone" }
  | ProviderTrouble;

/** What makes a code, carries it to a phone, and judges what comes back. */
export interface Engine {
  send(message: {
    readonly to: string;
    readonly channel: Channel;
    readonly locale?: string | undefined;
  }): Promise<Sent | SendRefusal>;
  check(handle: EngineHandle, code: string): Promise<Judgement>;
  read(
    handle: EngineHandle,
  ): Promise<{ kind: "status"; status: VerificationStatus } | { kind: "gone" } | ProviderTrouble>;
  /** Done as well when there is nothing left to cancel. */
  cancel(handle: EngineHandle): Promise<{ kind: "canceled" } | ProviderTrouble>;
}

export interface EngineHandle {
  readonly to: string;
  readonly reference: string;
}
