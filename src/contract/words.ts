// The words of requests and answers, without valibot.
/** What a code is for. All purposes except the first need a service key or a session. */
export const purposes = ["sign_in", "step_up", "two_factor", "transaction"] as const;
export type Purpose = (typeof purposes)[number];

/** Purposes whose right code gives a proof token for the backend that started the verification. */
export const proofPurposes = ["two_factor", "transaction"] as const satisfies readonly Purpose[];
export type ProofPurpose = (typeof proofPurposes)[number];

/** What a service key may allow in addition to starting verifications. */
export const serviceScopes = [
  "introspect",
  "subjects",
  "twilio",
  "deliveries",
  "admin:read",
  "admin",
] as const;
export type ServiceScope = (typeof serviceScopes)[number];

export const statuses = ["pending", "approved", "expired", "canceled", "exhausted"] as const;
export type VerificationStatus = (typeof statuses)[number];

/** In the order in which a message passes them. The last three are final: the first of them stays. */
export const deliveryStatuses = ["queued", "sent", "delivered", "undelivered", "failed"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** The weaker level first: one factor, or two different factors (NIST SP 800-63B-4 §2). */
export const assuranceLevels = ["aal1", "aal2"] as const;
export type AssuranceLevel = (typeof assuranceLevels)[number];

/**
 * The classes of callers. Each has limits of its own, so strangers cannot use up the owner's or a
 * backend's.
 */
export const callerClasses = ["anonymous", "known", "service"] as const;
export type CallerClass = (typeof callerClasses)[number];

/** What a rule of the guard does when it matches: nothing, log, ask for a captcha, or refuse. */
export const ruleModes = ["off", "record", "challenge", "refuse"] as const;
export type RuleMode = (typeof ruleModes)[number];
