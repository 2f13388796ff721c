import type { CaptchaConfig } from "../config/captcha.ts";
import type { GuardConfig, RuleName, RulesJudgedBy } from "../config/guard.ts";
import type { Runtime } from "../runtime.ts";
import type { HeldUp, MatchedRule } from "./budget.ts";
import { floodSeconds, isFlood, type FloodGate } from "./flood.ts";
import type { RememberedRefusals } from "./remembered-refusals.ts";
import type { CaptchaState } from "./rule-mode.ts";
import { exemptionsOf, type Standing } from "./standing.ts";
import { verifyCaptcha } from "./turnstile.ts";

/** The caller of a start, before any store is called. */
export interface Visitor {
  readonly address: string;
  /** `CF-Connecting-IP`, for Turnstile. */
  readonly remoteIp: string | undefined;
  /** The caller's captcha token, and the idempotency key for Turnstile. */
  readonly captcha: { readonly token: string; readonly idempotencyKey: string } | undefined;
  /** The purpose for which the captcha must have been solved. */
  readonly purpose: string;
  readonly country: string;
  /** The key of the number's prefix. */
  readonly prefix: string;
  /**
   * The claimed standing. A known caller needs no captcha, but the ledger must accept its token
   * later.
   */
  readonly standing: Standing;
}

/** What judges the rules at the door. */
const doorRules = { flood: isFlood } satisfies Record<RulesJudgedBy<"door">, unknown>;

/** `matched` are the rules that matched, with their modes, for the log. */
export type Admission =
  | {
      readonly kind: "admitted";
      readonly captcha: CaptchaState;
      readonly matched: readonly string[];
    }
  | {
      readonly kind: "stopped";
      readonly refusal: GuardRefusal;
      readonly matched: readonly string[];
    };

export type GuardRefusal =
  | { readonly kind: "flooded"; readonly retryAfterSeconds: number }
  /** `by` is the demanding rule, for the log. */
  | { readonly kind: "captcha_required"; readonly by?: string }
  | { readonly kind: "captcha_failed" }
  | { readonly kind: "captcha_unavailable" };

/** How long an isolate remembers that a captcha is required. The breaker may have opened since. */
const rememberMs = 60_000;

/**
 * The first checks of a start, which call no store: the flood gate, the refusals that this isolate
 * remembers, and the captcha. The first refusal is the answer.
 */
export class Guard {
  readonly #config: GuardConfig;
  readonly #runtime: Runtime;
  readonly #floodGate: FloodGate | undefined;
  readonly #challenged: RememberedRefusals<true>;
  /** The host names on which our widgets may be shown. */
  readonly #hostnames: ReadonlySet<string>;

  constructor(
    config: GuardConfig,
    runtime: Runtime,
    outside: {
      readonly floodGate: FloodGate | undefined;
      readonly challenged: RememberedRefusals<true>;
      readonly hostnames: ReadonlySet<string>;
    },
  ) {
    this.#config = config;
    this.#runtime = runtime;
    this.#floodGate = outside.floodGate;
    this.#challenged = outside.challenged;
    this.#hostnames = outside.hostnames;
  }

  /** Admits a start, or stops it. */
  async admit(visitor: Visitor): Promise<Admission> {
    const exempt = exemptionsOf(visitor.standing);
    const mode = exempt.rules.flood === "exempt" ? "off" : this.#config.rules.flood;
    const isFlooded = await doorRules.flood(this.#floodGate, mode, visitor.address, this.#runtime);
    const matched = isFlooded ? [`flood:${mode}`] : [];
    if (matched.length > 0 && mode === "refuse")
      return stopped({ kind: "flooded", retryAfterSeconds: floodSeconds }, matched);
    if (exempt.captcha === "passed") return { kind: "admitted", captcha: "passed", matched };
    const { captcha } = this.#config;
    if (captcha === undefined) return { kind: "admitted", captcha: "off", matched };
    if (visitor.captcha !== undefined)
      return this.#judge(captcha, visitor.captcha, visitor, matched);
    const isAsked = captcha.asked === "always" ? "always" : this.#challengeOf(visitor);
    if (exempt.captcha === "asked" && isAsked !== undefined)
      return stopped({ kind: "captcha_required" }, [...matched, `captcha:${isAsked}`]);
    return { kind: "admitted", captcha: "missing", matched };
  }

  /**
   * Remembers that a breaker demands a captcha, so that the next caller is asked before a
   * reservation.
   */
  remember(
    { country, prefix }: Pick<Visitor, "country" | "prefix">,
    { matched, verdict, retryAfterMs }: HeldUp,
  ): void {
    // Only rules that demand a captcha are remembered, not those that record or refuse.
    const asks = (rule: RuleName, as: MatchedRule["as"] = "challenge") =>
      matched.some((each) => each.rule === rule && each.as === as);
    // A full prefix refuses if a captcha would not help.
    const isPrefixAsked = asks("prefix") && verdict === "challenge";
    const name =
      asks("failed_checks") || asks("failed_checks", "hold_up")
        ? allCallers
        : asks("country")
          ? `country ${country}`
          : isPrefixAsked
            ? `prefix ${prefix}`
            : undefined;
    if (name === undefined || this.#config.captcha === undefined) return;
    const untilMs = this.#runtime.now() + Math.min(retryAfterMs, rememberMs);
    this.#challenged.remember(name, true, untilMs);
  }

  #challengeOf({ country, prefix }: Visitor): "remembered" | undefined {
    const nowMs = this.#runtime.now();
    const names = [allCallers, `country ${country}`, `prefix ${prefix}`];
    const isChallenged = names.some((name) => this.#challenged.find(name, nowMs) !== undefined);
    return isChallenged ? "remembered" : undefined;
  }

  async #judge(
    captcha: CaptchaConfig,
    shown: NonNullable<Visitor["captcha"]>,
    { remoteIp, purpose }: Visitor,
    matched: readonly string[],
  ): Promise<Admission> {
    const attempt = { ...shown, remoteIp };
    const target = { hostnames: this.#hostnames, action: purpose };
    const outcome = await verifyCaptcha(this.#runtime, captcha, attempt, target);
    if (outcome.kind === "passed") return { kind: "admitted", captcha: "passed", matched };
    if (outcome.kind === "failed")
      return stopped({ kind: "captcha_failed" }, [...matched, `captcha:${outcome.reason}`]);
    const rules = [...matched, "captcha:unavailable"];
    return captcha.whenUnavailable === "refuse"
      ? stopped({ kind: "captcha_unavailable" }, rules)
      : { kind: "admitted", captcha: "unavailable", matched: rules };
  }
}

const stopped = (refusal: GuardRefusal, matched: readonly string[]): Admission => ({
  kind: "stopped",
  refusal,
  matched,
});

const allCallers = "all callers";
