import { shareSends } from "./accounts.ts";
import type { DeviceClaim } from "./known-devices.ts";
import { reservationMs } from "./shared-code.ts";
import type { CallerRef, Ledger, Verification } from "./state.ts";
import { codeOf, viewOf, type LedgerView } from "./view.ts";

/** What a start is answered that comes again under its `Idempotency-Key`. Nothing is reserved for it. */
export type RepeatedStart =
  | {
      readonly kind: "replayed";
      readonly id: string;
      readonly sealedNumber: string;
      readonly view: LedgerView;
    }
  | { readonly kind: "idempotency_key_reused" }
  | { readonly kind: "request_in_progress" }
  | { readonly kind: "unknown_send" };

interface Request {
  /** The caller before any device is believed. */
  readonly caller: CallerRef;
  readonly devices?: readonly DeviceClaim[];
  readonly idempotency?: { readonly key: string; readonly body: string };
}

/** The answer to a repetition, or undefined for a first request. */
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
    const view = viewOf(verification, codeOf(ledger, verification), nowMs);
    return { kind: "replayed", id, sealedNumber: verification.sealedNumber, view };
  }
  const isInFlight =
    verification.start === "reserved" && nowMs < verification.createdAtMs + reservationMs;
  return { kind: isInFlight ? "request_in_progress" : "unknown_send" };
}

/** What a device has started is repeated with a token of that device, whatever it is worth by now. */
function mayRepeat(
  { caller, devices = [] }: Request,
  { caller: startedBy, device }: Verification,
): boolean {
  if (device === undefined) return shareSends(startedBy, caller);
  return devices.some((claim) => claim.device === device);
}
