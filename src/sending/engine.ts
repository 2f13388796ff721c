import type { Channel } from "../contract/channels.ts";

/** Why a code was not sent, or could not be judged. It never contains the number. */
export type Trouble =
  /** `needsCountry`: the number has no plus, and the caller gave no country. */
  | { readonly kind: "invalid_phone_number"; readonly needsCountry?: boolean }
  | { readonly kind: "unsupported_country" }
  | { readonly kind: "unsupported_number_type" }
  | { readonly kind: "channel_unavailable"; readonly suggestedChannels: readonly Channel[] }
  | { readonly kind: "rate_limited"; readonly retryAfterSeconds: number }
  | { readonly kind: "provider_unavailable"; readonly retryAfterSeconds: number }
  | { readonly kind: "provider_rejected"; readonly providerCode: number }
  | { readonly kind: "provider_bad_response" };

/** How a send ended. */
export type SendEnding =
  | {
      readonly kind: "sent";
      /** Twilio's id of the verification or of the message. */
      readonly sid: string;
      /** With engine `verify`: when Twilio's own verification expires. */
      readonly expiresAtMs?: number;
    }
  /** Nothing was sent. `mayFallBack`: Twilio Verify takes no requests at all at the moment. */
  | { readonly kind: "refused"; readonly trouble: Trouble; readonly mayFallBack: boolean }
  /** The code may have been sent. So it is not sent again, and the send stays counted. */
  | { readonly kind: "unknown"; readonly trouble: Trouble };

export const troubleRetrySeconds = 10;
