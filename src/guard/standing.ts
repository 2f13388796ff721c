import type { RuleName } from "../config/guard.ts";
import type { CallerClass } from "../contract/words.ts";
import type { Times } from "./conversion.ts";
import type { CaptchaState } from "./rule-mode.ts";

/**
 * How far the guard trusts the caller of a send. It is about who asks, never about the number: a
 * number that was verified before gets a stranger no other answer (SECURITY N3).
 *
 * - `stranger`: has shown nothing.
 * - `human`: a stranger who has passed a captcha.
 * - `backend`: an app's backend, by its service key.
 * - `known`: holds a device token or a live session of the number.
 */
export const standings = ["stranger", "human", "backend", "known"] as const;
export type Standing = (typeof standings)[number];

/**
 * What a rule does to a caller.
 *
 * - `judged`: the rule's mode decides.
 * - `noted`: the rule judges, counts and logs, and holds the caller up in no mode.
 * - `exempt`: the rule is not asked.
 */
export type Treatment = "judged" | "noted" | "exempt";

export interface Exemptions {
  readonly rules: Readonly<Record<RuleName, Treatment>>;
  /** `asked`: a captcha may be asked for. `passed`: the caller counts as having passed one. */
  readonly captcha: "asked" | "passed" | "exempt";
  /** The windows per address. Without them the caller's address is neither counted nor logged. */
  readonly addressWindows: "judged" | "exempt";
  /** Strangers may not use the reserved part of each cap (`BUDGET_RESERVED`). */
  readonly strangersShare: "judged" | "exempt";
  /** At how many times its capacity a prefix is full for the caller. */
  readonly prefixRoom: Times;
  /** The standing is a claim until the ledger has judged it, so the guard judges a stranger too. */
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
 * Who is exempt from which rule. The rooms in a prefix grow with the trust, so strangers without a
 * captcha never shut a prefix for those with one, nor these for an app's backend. Known callers are
 * never held up, so they fill a prefix no further than strangers do.
 */
const exemptions: Readonly<Record<Standing, Exemptions>> = {
  stranger: strangers,
  human: { ...strangers, captcha: "passed", prefixRoom: 2 },
  backend: {
    // The address is the backend's, and many users are behind it.
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

export const exemptionsOf = (standing: Standing): Exemptions => exemptions[standing];

/** The standing of a caller, by its class and what it has shown beside. */
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
