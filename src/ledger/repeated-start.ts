import { classOf, shareSends } from "./accounts.ts";
import type { DeviceClaim } from "./known-devices.ts";
import { leaseMs, type InFlight } from "./lease.ts";
import type { CallerRef, Ledger, Verification } from "./state.ts";
import { viewOf, type LedgerView } from "./view.ts";

/** The answer to a start whose `Idempotency-Key` is known. Such a start reserves no send. */
export type RepeatedStart =
  | {
      readonly kind: "replayed";
      readonly id: string;
      readonly sealedNumber: string;
      readonly view: LedgerView;
    }
  | { readonly kind: "idempotency_key_reused" }
  /** The first request may have sent a code, but its answer was lost. */
  | { readonly kind: "unknown_send" }
  | InFlight;

interface Request {
  /** The caller before its device tokens are judged. */
  readonly caller: CallerRef;
  readonly devices?: readonly DeviceClaim[];
  readonly idempotency?: { readonly key: string; readonly body: string };
}

/** Returns the answer to a retried start, or undefined for a first request. */
export function repeatedStart(
  ledger: Ledger,
  request: Request,
  nowMs: number,
): RepeatedStart | undefined {
  const { idempotency } = request;
  if (idempotency === undefined) return undefined;
  const [id, verification] =
    Object.entries(ledger.verifications).find(
      ([, known]) => known.idempotency?.key === idempotency.key && mayRepeat(request, known),
    ) ?? [];
  if (id === undefined || verification === undefined) return undefined;
  if (verification.idempotency?.body !== idempotency.body)
    return { kind: "idempotency_key_reused" };
  if (verification.start === "sent") {
    const { sealedNumber } = verification;
    return { kind: "replayed", id, sealedNumber, view: viewOf(ledger, verification, nowMs) };
  }
  const untilMs = verification.createdAtMs + leaseMs;
  const isInFlight = verification.start === "reserved" && nowMs < untilMs;
  if (!isInFlight) return { kind: "unknown_send" };
  return { kind: "in_flight", untilMs, caller: classOf(verification.caller) };
}

/** A device may retry its own start even if its token is no longer accepted. */
function mayRepeat(
  { caller, devices = [] }: Request,
  { caller: startedBy, device }: Verification,
): boolean {
  if (device === undefined) return shareSends(startedBy, caller);
  return devices.some((claim) => claim.device === device);
}
