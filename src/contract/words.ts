/** The words that requests and answers use, without valibot. */
export const channels = ["sms", "call", "whatsapp"] as const;
export type Channel = (typeof channels)[number];

/** What a code may be for; each but the first asks for a service key or a session. */
export const purposes = ["sign_in", "step_up", "two_factor", "transaction"] as const;
export type Purpose = (typeof purposes)[number];

export const statuses = ["pending", "approved", "expired", "canceled", "exhausted"] as const;
export type VerificationStatus = (typeof statuses)[number];

/** In the order in which a message goes through them; of the last three the first one stands. */
export const deliveryStatuses = ["queued", "sent", "delivered", "undelivered", "failed"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];
