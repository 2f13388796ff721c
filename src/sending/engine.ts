import type { Channel } from "../contract/channels.ts";

/** Why a code was not sent, or could not be judged. The number is never part of it. */
export type Trouble =
  /** `needsCountry`: the number has no plus, and the caller named no country. */
  | { readonly kind: "invalid_phone_number"; readonly needsCountry?: boolean }
  | { readonly kind: "unsupported_country" }
  | { readonly kind: "unsupported_number_type" }
  | { readonly kind: "channel_unavailable"; readonly suggestedChannels: readonly Channel[] }
  | { readonly kind: "rate_limited"; readonly retryAfterSeconds: number }
  | { readonly kind: "provider_unavailable"; readonly retryAfterSeconds: number }
  | { readonly kind: "provider_rejected"; readonly providerCode: number }
  | { readonly kind: "provider_bad_response" };

/** What became of a send. */
export type SendEnding =
  | {
      readonly kind: "sent";
      /** Of the verification or of the message. */
      readonly sid: string;
      /** The end of Twilio's own verification, engine `verify`. */
      readonly expiresAtMs?: number;
    }
  /** Nothing was sent. `mayFallBack`: since Twilio Verify takes no requests at all. */
  | { readonly kind: "refused"; readonly trouble: Trouble; readonly mayFallBack: boolean }
  /** It may have been sent: never again blindly, and nothing is given back. */
  | { readonly kind: "unknown"; readonly trouble: Trouble };

export const troubleRetrySeconds = 10;
