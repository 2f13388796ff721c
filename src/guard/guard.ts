import type { CaptchaConfig } from "../config/captcha.ts";
import type { GuardConfig, RuleName, RulesJudgedBy } from "../config/guard.ts";
import type { Runtime } from "../runtime.ts";
import type { HeldUp, MatchedRule } from "./budget.ts";
import { floodSeconds, isFlood, type FloodGate } from "./flood.ts";
import type { RememberedRefusals } from "./remembered-refusals.ts";
import type { CaptchaState } from "./rule-mode.ts";
import { exemptionsOf, type Standing } from "./standing.ts";
import { verifyCaptcha } from "./turnstile.ts";

/** Who is at the door, before anything of anybody is touched. */
export interface Visitor {
  readonly address: string;
  /** `CF-Connecting-IP`, for Turnstile. */
  readonly remoteIp: string | undefined;
  /** What was handed in, and the UUID under which Turnstile is asked of it. */
  readonly captcha: { readonly token: string; readonly idempotencyKey: string } | undefined;
  /** What a captcha must have been solved for. */
  readonly purpose: string;
  readonly country: string;
  /** The key of the number's prefix. */
  readonly prefix: string;
  /** A known caller is asked for no captcha, if the ledger believes it later. */
  readonly standing: Standing;
}

/** What judges the rules at the door. */
const doorRules = { flood: isFlood } satisfies Record<RulesJudgedBy<"door">, unknown>;

/** `spoke`: the rules that had something to say, with what they may do; for the log. */
export type Admission =
  | {
      readonly kind: "admitted";
      readonly captcha: CaptchaState;
      readonly spoke: readonly string[];
    }
  | {
      readonly kind: "stopped";
      readonly refusal: GuardRefusal;
      readonly spoke: readonly string[];
    };

export type GuardRefusal =
  | { readonly kind: "flooded"; readonly retryAfterSeconds: number }
  /** `by`: the rule that asks, for the log. */
  | { readonly kind: "captcha_required"; readonly by?: string }
  | { readonly kind: "captcha_failed" }
  | { readonly kind: "captcha_unavailable" };

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
  readonly #challenged: RememberedRefusals<true>;
  /** Where our widgets may stand. */
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

  async admit(visitor: Visitor): Promise<Admission> {
    const exempt = exemptionsOf(visitor.standing);
    const mode = exempt.rules.flood === "exempt" ? "off" : this.#config.rules.flood;
    const isFlooded = await doorRules.flood(this.#floodGate, mode, visitor.address, this.#runtime);
    const spoke = isFlooded ? [`flood:${mode}`] : [];
    if (spoke.length > 0 && mode === "refuse")
      return stopped({ kind: "flooded", retryAfterSeconds: floodSeconds }, spoke);
    if (exempt.captcha === "passed") return { kind: "admitted", captcha: "passed", spoke };
    const { captcha } = this.#config;
    if (captcha === undefined) return { kind: "admitted", captcha: "off", spoke };
    if (visitor.captcha !== undefined) return this.#judge(captcha, visitor.captcha, visitor, spoke);
    const isAsked = captcha.asked === "always" ? "always" : this.#challengeOf(visitor);
    if (exempt.captcha === "asked" && isAsked !== undefined)
      return stopped({ kind: "captcha_required" }, [...spoke, `captcha:${isAsked}`]);
    return { kind: "admitted", captcha: "missing", spoke };
  }

  /** A breaker has asked for a captcha: the next caller is asked before anything is reserved. */
  remember(
    { country, prefix }: Pick<Visitor, "country" | "prefix">,
    { matched, verdict, retryAfterMs }: HeldUp,
  ): void {
    // What only records asks nobody, and what refuses is not passed by a captcha.
    const asks = (rule: RuleName, as: MatchedRule["as"] = "challenge") =>
      matched.some((each) => each.rule === rule && each.as === as);
    // Where a captcha does not help, a full prefix refuses instead.
    const isPrefixAsked = asks("prefix") && verdict === "challenge";
    const name =
      asks("failed_checks") || asks("failed_checks", "hold_up")
        ? everybody
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
    const names = [everybody, `country ${country}`, `prefix ${prefix}`];
    const isChallenged = names.some((name) => this.#challenged.find(name, nowMs) !== undefined);
    return isChallenged ? "remembered" : undefined;
  }

  async #judge(
    captcha: CaptchaConfig,
    shown: NonNullable<Visitor["captcha"]>,
    { remoteIp, purpose }: Visitor,
    spoke: readonly string[],
  ): Promise<Admission> {
    const attempt = { ...shown, remoteIp };
    const target = { hostnames: this.#hostnames, action: purpose };
    const outcome = await verifyCaptcha(this.#runtime, captcha, attempt, target);
    if (outcome.kind === "passed") return { kind: "admitted", captcha: "passed", spoke };
    if (outcome.kind === "failed")
      return stopped({ kind: "captcha_failed" }, [...spoke, `captcha:${outcome.reason}`]);
    const saying = [...spoke, "captcha:unavailable"];
    return captcha.whenUnavailable === "refuse"
      ? stopped({ kind: "captcha_unavailable" }, saying)
      : { kind: "admitted", captcha: "unavailable", spoke: saying };
  }
}

const stopped = (refusal: GuardRefusal, spoke: readonly string[]): Admission => ({
  kind: "stopped",
  refusal,
  spoke,
});

const everybody = "everybody";
