import type { Config } from "../../config.ts";
import { warning, type Row } from "./row.ts";

/** A setting that has a valid value but no effect, because of the other settings. */
interface Idle {
  readonly names: readonly string[];
  readonly isIdle: (config: Config) => boolean;
  readonly detail: string;
  readonly cure: string;
}

const withoutOwnCodes = ({ engine }: Config): boolean =>
  engine.name === "verify" && engine.fallback === undefined;

const idle: readonly Idle[] = [
  {
    names: ["OTP_LENGTH"],
    isIdle: withoutOwnCodes,
    detail: "has no effect with OTP_ENGINE=verify: Twilio's Verify service sets the length",
    cure: "Unset it, and set the code length of the service in the Twilio console.",
  },
  {
    names: ["OTP_TTL"],
    isIdle: withoutOwnCodes,
    detail: "has no effect with OTP_ENGINE=verify: Twilio's codes live ten minutes",
    cure: "Unset it, or set OTP_ENGINE=messaging.",
  },
  {
    names: [
      "OTP_MESSAGE",
      "OTP_MESSAGES",
      "OTP_MESSAGE_TRANSACTION",
      "OTP_MESSAGES_TRANSACTION",
      "WEBOTP_DOMAIN",
      "ANDROID_APP_HASH",
    ],
    isIdle: withoutOwnCodes,
    detail: "has no effect with OTP_ENGINE=verify: Twilio writes the message",
    cure: "Unset it, or set OTP_ENGINE=messaging.",
  },
  {
    names: ["COUNTRY_PRICES", "VERIFY_PRICE"],
    isIdle: ({ guard }) => guard.money === undefined,
    detail: "has no effect without BUDGET_MONEY",
    cure: "Set BUDGET_MONEY, such as 50USD/1d, or unset it.",
  },
  {
    names: ["VERIFY_PRICE"],
    isIdle: ({ engine, guard }) => guard.money !== undefined && engine.name === "messaging",
    detail: "has no effect with OTP_ENGINE=messaging: Twilio charges only for texts",
    cure: "Unset it.",
  },
  {
    names: ["LOOKUP_PUMPING_SCORE"],
    isIdle: ({ guard }) => guard.lookup === undefined,
    detail: "has no effect without LOOKUP",
    cure: "Set LOOKUP=on, or unset it.",
  },
  {
    names: ["TURNSTILE_UNAVAILABLE"],
    isIdle: ({ guard }) => guard.captcha === undefined,
    detail: "has no effect without TURNSTILE",
    cure: "Set TURNSTILE=risky, or unset it.",
  },
  {
    names: ["ALERT_WEBHOOK_SECRET"],
    isIdle: ({ guard }) => guard.alerts === undefined,
    detail: "has no effect without ALERT_WEBHOOK_URL",
    cure: "Set ALERT_WEBHOOK_URL, or remove the secret.",
  },
  {
    names: ["EVENTS_SECRET"],
    isIdle: ({ events }) => events === undefined,
    detail: "does nothing without EVENTS_URL",
    cure: "Set EVENTS_URL, or remove the secret.",
  },
  {
    names: ["HOOK_SECRET"],
    isIdle: ({ hooks }) => hooks.beforeSend === undefined && hooks.beforeSession === undefined,
    detail: "does nothing without a hook",
    cure: "Set HOOK_BEFORE_SEND_URL or HOOK_BEFORE_SESSION_URL, or remove the secret.",
  },
  {
    names: ["HOOK_REFUSAL", "HOOK_UNAVAILABLE"],
    isIdle: ({ hooks }) => hooks.beforeSend === undefined,
    detail: "does nothing without HOOK_BEFORE_SEND_URL",
    cure: "Set HOOK_BEFORE_SEND_URL, or unset it.",
  },
];

/** Returns a warning for each setting that has no effect. */
export function idleRows(config: Config, isSet: (name: string) => boolean): Row[] {
  return idle
    .filter(({ isIdle }) => isIdle(config))
    .flatMap(({ names, detail, cure }) =>
      names.filter(isSet).map((name) => warning({ area: "Settings", name, detail }, cure)),
    );
}
