import type { StartedVerification, VerificationView } from "../contract/verifications.ts";
import type { Channel } from "../contract/channels.ts";
import type { LedgerView } from "../ledger/view.ts";

const time = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Returns the answer to a start or a resend. `to` is masked unless the caller supplied the number. */
export function startedVerification(
  id: string,
  to: string,
  view: LedgerView,
  nowMs: number,
): StartedVerification {
  return {
    id,
    status: view.status,
    purpose: view.purpose,
    to,
    channel: view.channel,
    expires_at: time(view.expiresAtMs),
    ...waitOf(view, nowMs),
    attempts_remaining: view.attemptsRemaining,
  };
}

/**
 * Returns a verification as the API shows it. `channels` are suggested if a message was not
 * delivered.
 */
export function verificationView(
  id: string,
  view: LedgerView,
  channels: readonly Channel[],
  nowMs: number,
): VerificationView {
  return {
    id,
    status: view.status,
    purpose: view.purpose,
    channel: view.channel,
    expires_at: time(view.expiresAtMs),
    ...(view.status === "pending" && waitOf(view, nowMs)),
    attempts_remaining: view.attemptsRemaining,
    ...(view.delivery && { delivery: deliveryView(view.delivery, view.channel, channels) }),
  };
}

/** The end of the cooldown, and the whole seconds until then for clients whose clock is wrong. */
const waitOf = ({ resendAtMs }: LedgerView, nowMs: number) => ({
  resend_at: time(resendAtMs),
  resend_in: Math.max(0, Math.ceil((resendAtMs - nowMs) / 1000)),
});

function deliveryView(
  { status, errorCode }: NonNullable<LedgerView["delivery"]>,
  channel: Channel,
  channels: readonly Channel[],
): NonNullable<VerificationView["delivery"]> {
  const others = channels.filter((other) => other !== channel);
  const hasFailed = status === "undelivered" || status === "failed";
  return {
    status,
    ...(errorCode !== undefined && { error_code: errorCode }),
    ...(hasFailed && others.length > 0 && { suggested_channels: others }),
  };
}
