import type { Channel } from "../contract/channels.ts";
import type {
  AssuranceLevel,
  DeliveryStatus,
  Purpose,
  VerificationStatus,
} from "../contract/words.ts";

/** Every `code` that the Worker's problems have. */
export type { ProblemCode } from "../problem.ts";
export type { Channel, Purpose, VerificationStatus };

/**
 * The Worker's answers as plain types: the schemas' own types would need valibot where the package is
 * installed. The compiler checks that they equal `contract/` (test/client/wire.test.ts).
 */

/** The answer to a start and a resend. Times are ISO 8601. */
export interface StartedVerification {
  readonly id: string;
  readonly status: VerificationStatus;
  readonly purpose: Purpose;
  /**
   * The whole number in the answer to a start with `to`. It is masked after a resend and in a
   * step-up.
   */
  readonly to: string;
  readonly channel: Channel;
  readonly expires_at: string;
  readonly resend_at: string;
  /** Seconds from now until a resend is accepted. It does not depend on this device's clock. */
  readonly resend_in: number;
  readonly attempts_remaining: number;
}

export interface VerificationView {
  readonly id: string;
  readonly status: VerificationStatus;
  readonly purpose: Purpose;
  readonly channel: Channel;
  readonly expires_at: string;
  /** Set only while the status is `pending`, as `resend_in` is. */
  readonly resend_at?: string | undefined;
  /** Seconds from now until a resend is accepted. It does not depend on this device's clock. */
  readonly resend_in?: number | undefined;
  readonly attempts_remaining: number;
  /** Twilio's delivery status of the newest text. Set only with the engine `messaging`. */
  readonly delivery?: {
    readonly status: DeliveryStatus;
    readonly error_code?: number | undefined;
    readonly suggested_channels?: readonly Channel[] | undefined;
  };
}

/** A session's tokens. Durations are in seconds. */
export interface SessionTokens {
  readonly access_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
  /** Absent if the refresh token is in the cookie. */
  readonly refresh_token?: string;
  readonly refresh_expires_in: number;
  readonly session_id: string;
  readonly subject: string;
}

export interface ApprovedVerification extends SessionTokens {
  readonly status: "approved";
  readonly device_token: string;
}

export interface ApprovedStepUp {
  readonly status: "approved";
  readonly access_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
  readonly session_id: string;
  readonly subject: string;
  readonly device_token: string;
}

export interface ApprovedProof {
  readonly status: "approved";
  /** Accepted once, by the backend that started the verification. */
  readonly proof_token: string;
  readonly expires_in: number;
}

export interface SessionView {
  readonly session_id: string;
  readonly created_at: string;
  readonly last_used_at: string;
  readonly amr: readonly string[];
  readonly country?: string;
  readonly device?: string;
  readonly current: boolean;
}

export interface CurrentSession extends SessionView {
  readonly subject: string;
  readonly acr: AssuranceLevel;
  readonly expires_at: string;
  /** The session is of a test number: no phone was proved. */
  readonly test?: true;
}

/** The answer to `GET /v1/config`. */
export interface FrontendConfig {
  readonly app_name: string;
  /** ISO 3166-1 alpha-2. */
  readonly countries: readonly string[];
  /** Calling codes by country, such as `{ "DE": "49" }`. */
  readonly calling_codes: Readonly<Record<string, string>>;
  /** The caller's country by its network address, otherwise the operator's `DEFAULT_COUNTRY`. */
  readonly country?: string;
  readonly channels: readonly Channel[];
  /** Absent if codes of two lengths are in use. */
  readonly code_length?: number;
  readonly captcha?: { readonly site_key: string };
}
