import type { StartedVerification } from "../../wire.ts";

/** The Worker's longest cooldown; a device's clock that is wrong must not lengthen it. */
const mostCooldownMs = 120_000;

/** When the code may be asked for again. Milliseconds since the epoch, by this device's clock. */
export function resendTime({ resend_at }: StartedVerification): number {
  const now = Date.now();
  return Math.min(Math.max(Date.parse(resend_at), now), now + mostCooldownMs);
}

export const resendTimeAfter = (seconds: number): number =>
  Date.now() + Math.min(seconds * 1000, mostCooldownMs);
