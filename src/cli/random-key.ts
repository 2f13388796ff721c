import { randomBytes } from "node:crypto";

/** Returns 256 random bits as base64url. */
export const randomKey = (): string => randomBytes(32).toString("base64url");
