/**
 * How far the guard trusts the caller of a send. It is about who asks, never about the number: a
 * number that was verified before gets a stranger no other answer (SECURITY N3).
 *
 * - `stranger`: has shown nothing.
 * - `human`: a stranger who has passed a captcha.
 * - `backend`: an app's backend, by its service key.
 * - `known`: holds a device token or a live session of the number.
 */
export type Standing = "stranger" | "human" | "backend" | "known";
