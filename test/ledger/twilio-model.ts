/** A shared verification of one number and one service, as Twilio documents it. */
export interface TwilioVerification {
  readonly sid: string;
  readonly createdMs: number;
  sends: number;
  checks: number;
  status: "pending" | "approved" | "canceled";
  /** The transactions that its messages named; "" without one. */
  readonly bindings: Set<string>;
}

const lifetimeMs = 10 * 60_000;

export type SendAnswer =
  | { readonly kind: "sent"; readonly sid: string; readonly expiresAtMs: number }
  | { readonly kind: "refused" };

/** Twilio's state of one number. */
export interface TwilioState {
  readonly verifications: TwilioVerification[];
  /** The newest verification by service. */
  readonly newest: Map<string, TwilioVerification>;
}

export const noVerifications = (): TwilioState => ({ verifications: [], newest: new Map() });

/** A copy that changes on its own. */
export function copyOf({ verifications, newest }: TwilioState): TwilioState {
  const copies = new Map(
    verifications.map((each) => [each, { ...each, bindings: new Set(each.bindings) }]),
  );
  return {
    verifications: [...copies.values()],
    newest: new Map([...newest].map(([service, each]) => [service, copies.get(each) ?? each])),
  };
}

/** Models one number at Twilio Verify. */
export class TwilioModel {
  readonly #state: TwilioState;

  constructor(state: TwilioState) {
    this.#state = state;
  }

  get verifications(): readonly TwilioVerification[] {
    return this.#state.verifications;
  }

  /** Returns the verification that a send would repeat, or undefined. */
  live(service: string, nowMs: number): TwilioVerification | undefined {
    const known = this.#state.newest.get(service);
    const isLive = known?.status === "pending" && nowMs < known.createdMs + lifetimeMs;
    return isLive ? known : undefined;
  }

  send(service: string, binding: string, nowMs: number): SendAnswer {
    let verification = this.live(service, nowMs);
    if (verification !== undefined && verification.sends >= 5) return { kind: "refused" };
    if (verification === undefined) {
      const sid = `VE${this.verifications.length + 1}`;
      const status = "pending";
      verification = { sid, createdMs: nowMs, sends: 0, checks: 0, status, bindings: new Set() };
      this.#state.verifications.push(verification);
      this.#state.newest.set(service, verification);
    }
    verification.sends += 1;
    verification.bindings.add(binding);
    const { sid, createdMs } = verification;
    return { kind: "sent", sid, expiresAtMs: createdMs + lifetimeMs };
  }

  /**
   * Cancels by sid, or by the number without a sid. Returns true when no such verification is live.
   */
  cancel(service: string, sid: string | undefined, nowMs: number): true {
    const live = this.live(service, nowMs);
    if (live !== undefined && (sid === undefined || sid === live.sid)) live.status = "canceled";
    return true;
  }

  check(
    service: string,
    sid: string | undefined,
    /** The verification whose code the user types; undefined for a guess. */
    typed: string | undefined,
    nowMs: number,
  ): "approved" | "wrong" | "gone" | "exhausted" {
    const live = this.live(service, nowMs);
    if (live === undefined || (sid !== undefined && sid !== live.sid)) return "gone";
    if (live.checks >= 5) return "exhausted";
    live.checks += 1;
    if (typed !== live.sid) return "wrong";
    live.status = "approved";
    return "approved";
  }
}
