import { randomBytes } from "node:crypto";

/** Returns 256 random bits as base64url. */
export const randomKey = (): string => randomBytes(32).toString("base64url");

/** A secret of Standard Webhooks: `whsec_` and the base64 of 256 random bits. */
export const randomWebhookSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;
