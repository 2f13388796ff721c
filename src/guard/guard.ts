import type { GuardConfig } from "../config/guard.ts";
import type { Runtime } from "../runtime.ts";
import type { OverAddresses } from "./over-addresses.ts";
import type { CaptchaState } from "./rule-mode.ts";
import { verifyCaptcha } from "./turnstile.ts";

/** Cloudflare's rate-limiting binding: counts at each location alone, best effort. */
export interface FloodGate {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/** Who is at the door, before anything of anybody is touched. */
export interface Visitor {
  /** `undefined` for who is exempt from all that is about addresses and robots: a service key. */
  readonly address: string | undefined;
  /** `CF-Connecting-IP`, for Turnstile. */
  readonly remoteIp: string | undefined;
  readonly captchaToken: string | undefined;
  /** What a captcha must have been solved for. */
  readonly purpose: string;
  readonly country: string;
  /** A device token that fits, or a live session: no captcha is asked for, if the ledger agrees. */
  readonly isKnown: boolean;
}

export type Admission =
  | { readonly kind: "admitted"; readonly captcha: CaptchaState }
  | GuardRefusal;

export type GuardRefusal =
  | { readonly kind: "flooded"; readonly retryAfterSeconds: number }
  | { readonly kind: "captcha_required" }
  | { readonly kind: "captcha_failed" }
  | { readonly kind: "captcha_unavailable" };

const floodSeconds = 60;
/** So long an isolate remembers that a captcha is asked for: the breaker itself may know better. */
const rememberMs = 60_000;

/**
 * What a send must pass before money is spent, as far as no store is asked: the flood gate, what
 * this isolate remembers, the captcha. The first refusal is the answer.
 */
export class Guard {
  readonly #config: GuardConfig;
  readonly #runtime: Runtime;
  readonly #floodGate: FloodGate | undefined;
  readonly #challenged: OverAddresses<true>;
  /** Where our widgets may stand. */
  readonly #hostnames: ReadonlySet<string>;

  constructor(
    config: GuardConfig,
    runtime: Runtime,
    outside: {
      readonly floodGate: FloodGate | undefined;
      readonly challenged: OverAddresses<true>;
      readonly hostnames: ReadonlySet<string>;
    },
  ) {
    this.#config = config;
    this.#runtime = runtime;
    this.#floodGate = outside.floodGate;
    this.#challenged = outside.challenged;
    this.#hostnames = outside.hostnames;
  }

  async admit(visitor: Visitor): Promise<Admission> {
    if (visitor.address === undefined) return { kind: "admitted", captcha: "passed" };
    if (await this.#isFlood(visitor.address))
      return { kind: "flooded", retryAfterSeconds: floodSeconds };
    const { captcha } = this.#config;
    if (captcha === undefined) return { kind: "admitted", captcha: "off" };
    const { captchaToken, isKnown } = visitor;
    if (captchaToken !== undefined) return this.#judge(captchaToken, visitor);
    if (!isKnown && (captcha.asked === "always" || this.#isChallenged(visitor.country)))
      return { kind: "captcha_required" };
    return { kind: "admitted", captcha: "missing" };
  }

  /** A breaker has asked for a captcha: who comes next is asked before anything is reserved. */
  remember(country: string, rules: readonly string[], retryAfterMs: number): void {
    const name = rules.includes("failed_checks") ? everybody : `country ${country}`;
    const isBroad = rules.includes("failed_checks") || rules.includes("country");
    if (!isBroad || this.#config.captcha === undefined) return;
    const untilMs = this.#runtime.now() + Math.min(retryAfterMs, rememberMs);
    this.#challenged.remember(name, true, untilMs);
  }

  #isChallenged(country: string): boolean {
    const nowMs = this.#runtime.now();
    return [everybody, `country ${country}`].some(
      (name) => this.#challenged.find(name, nowMs) !== undefined,
    );
  }

  async #isFlood(address: string): Promise<boolean> {
    const mode = this.#config.rules.flood;
    if (this.#floodGate === undefined || mode === "off") return false;
    try {
      const gate = this.#floodGate;
      const ask = async () => gate.limit({ key: address });
      const { success } = await this.#runtime.trace.hop("flood", ask);
      if (success) return false;
    } catch (error) {
      // Best effort: what is exact stands behind it.
      const name = error instanceof Error ? error.name : "unknown";
      this.#runtime.log("store.failed", { store: "flood", error: name });
      return false;
    }
    this.#runtime.log("guard.decision", { rules: `flood:${mode}`, verdict: mode });
    return mode === "refuse";
  }

  async #judge(token: string, { remoteIp, purpose }: Visitor): Promise<Admission> {
    const { captcha } = this.#config;
    if (captcha === undefined) return { kind: "admitted", captcha: "off" };
    const attempt = { token, remoteIp, idempotencyKey: crypto.randomUUID() };
    const target = { hostnames: this.#hostnames, action: purpose };
    const outcome = await verifyCaptcha(this.#runtime, captcha, attempt, target);
    if (outcome.kind === "passed") return { kind: "admitted", captcha: "passed" };
    if (outcome.kind === "failed") {
      this.#runtime.log("guard.decision", {
        rules: `captcha:${outcome.reason}`,
        verdict: "refuse",
      });
      return { kind: "captcha_failed" };
    }
    return captcha.whenUnavailable === "refuse"
      ? { kind: "captcha_unavailable" }
      : { kind: "admitted", captcha: "off" };
  }
}

const everybody = "everybody";
