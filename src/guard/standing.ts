import type { RuleName } from "../config/guard.ts";
import type { CallerClass } from "../contract/words.ts";
import type { Times } from "./conversion.ts";
import type { CaptchaState } from "./rule-mode.ts";

/**
 * How far the guard trusts the caller of a send. It depends on the caller, never on the number: a stranger
 * gets the same answer for a number that was verified before (SECURITY N3).
 *
 * - `stranger`: no proof of anything.
 * - `human`: a stranger that has passed a captcha.
 * - `backend`: an app's backend with a service key.
 * - `known`: a holder of a device token or a live session of the number.
 */
export const standings = ["stranger", "human", "backend", "known"] as const;
export type Standing = (typeof standings)[number];

/**
 * How a rule treats a caller.
 *
 * - `judged`: the rule's mode decides.
 * - `noted`: the rule judges, counts and logs, but never holds the caller up.
 * - `exempt`: the rule is not applied.
 */
export type Treatment = "judged" | "noted" | "exempt";

export interface Exemptions {
  readonly rules: Readonly<Record<RuleName, Treatment>>;
  /** `asked`: a captcha may be required. `passed`: the caller counts as having passed a captcha. */
  readonly captcha: "asked" | "passed" | "exempt";
  /** The limits per address. If exempt, the caller's address is neither counted nor logged. */
  readonly addressWindows: "judged" | "exempt";
  /** Whether the caller is kept out of the reserved part of each cap (`BUDGET_RESERVED`). */
  readonly strangersShare: "judged" | "exempt";
  /** For this caller a prefix is full at this many times its capacity. */
  readonly prefixRoom: Times;
  /**
   * The ledger has to confirm the standing. Until then the guard also judges the send as a
   * stranger's.
   */
  readonly isClaim: boolean;
}

const strangers: Exemptions = {
  rules: {
    flood: "judged",
    prefix: "judged",
    country: "judged",
    address_countries: "judged",
    failed_checks: "judged",
    voip: "judged",
    pumping: "judged",
  },
  captcha: "asked",
  addressWindows: "judged",
  strangersShare: "judged",
  prefixRoom: 1,
  isClaim: false,
};

/**
 * The exemptions of each standing. The room in a prefix grows with the trust: strangers without a captcha
 * cannot fill a prefix for strangers with one, and these cannot fill it for an app's backend. Known callers
 * are never held up, and they fill a prefix no further than strangers.
 */
const exemptions: Readonly<Record<Standing, Exemptions>> = {
  stranger: strangers,
  human: { ...strangers, captcha: "passed", prefixRoom: 2 },
  backend: {
    // The address is the backend's, which many users share.
    rules: { ...strangers.rules, flood: "exempt", address_countries: "exempt" },
    captcha: "passed",
    addressWindows: "exempt",
    strangersShare: "exempt",
    prefixRoom: 3,
    isClaim: false,
  },
  known: {
    rules: {
      flood: "judged",
      prefix: "noted",
      country: "noted",
      address_countries: "noted",
      failed_checks: "noted",
      voip: "exempt",
      pumping: "exempt",
    },
    captcha: "exempt",
    addressWindows: "judged",
    strangersShare: "exempt",
    prefixRoom: 1,
    isClaim: true,
  },
};

/** Returns the exemptions of a standing. */
export const exemptionsOf = (standing: Standing): Exemptions => exemptions[standing];

/** Returns the standing of a caller, by its class, a device token and a captcha. */
export function standingOf(
  caller: CallerClass,
  shown: { readonly device?: boolean; readonly captcha?: CaptchaState } = {},
): Standing {
  switch (caller) {
    case "known":
      return "known";
    case "service":
      return "backend";
    case "anonymous":
      if (shown.device === true) return "known";
      return shown.captcha === "passed" ? "human" : "stranger";
  }
}
