import type { Context } from "hono";
import { Guard } from "../guard/guard.ts";
import { AddressWindows } from "../guard/kv-windows.ts";
import { SendBudgetClient } from "../guard/send-budget.ts";
import type { AppEnv } from "../http/app-env.ts";
import { TwilioClient } from "../twilio/client.ts";
import { Dispatch } from "../sending/dispatch.ts";
import { LineLookup } from "../phone/line-lookup.ts";
import { isAppOrigin } from "../lib/origin.ts";
import { NumberLedger } from "../ledger/number-ledger.ts";
import { OwnMessage } from "../sending/own-message.ts";
import { TwilioVerify } from "../sending/twilio-verify.ts";
import type { VerificationDeps } from "../verification/deps.ts";

/** Returns what the verification use cases depend on. */
export function depsOf(c: Context<AppEnv>): VerificationDeps {
  const { config, runtime, providerHealth, addressRefusals, origin } = c.var;
  const { accountSid } = config.twilio;
  const twilio = new TwilioClient(config.twilio, runtime, providerHealth);
  const verify = new TwilioVerify(twilio, runtime, config.channels);
  const ownCode = config.engine.name === "verify" ? config.engine.fallback : config.engine.ownCode;
  const message = ownCode && new OwnMessage(twilio, accountSid, ownCode, runtime);
  return {
    config,
    runtime,
    ledgerAt: (address) => new NumberLedger(c.env.PHONE_LEDGER, address, runtime),
    budget: budgetOf(c),
    guard: new Guard(config.guard, runtime, {
      floodGate: c.env.FLOOD,
      challenged: c.var.challenged,
      hostnames: hostnamesOf(config.allowedOrigins, origin),
    }),
    lookup: new LineLookup(twilio, config.guard, runtime),
    windows: new AddressWindows(c.env.LIMITS, config, runtime, addressRefusals),
    dispatch: new Dispatch(config, runtime, { verify, message }, origin),
    verify,
    message,
  };
}

/** Returns the client of the object with the day's sends and the guard's state. */
export function budgetOf(c: Context<AppEnv>): SendBudgetClient {
  const { config, runtime } = c.var;
  const { rules, money, conversion, failedChecks, alerts } = config.guard;
  const hasEvents = config.events !== undefined;
  const policy = { caps: config.budget, rules, money, conversion, failedChecks, hasEvents };
  return new SendBudgetClient(c.env.SEND_BUDGET, policy, alerts, runtime);
}

/**
 * Returns the host names on which a captcha may be solved: those of the allowed pages and our own.
 * Origins of native apps are left out. Turnstile does not run there, and the host of
 * `capacitor://localhost` would allow captchas from any page on a developer's machine.
 */
function hostnamesOf(allowedOrigins: ReadonlySet<string>, origin: string): ReadonlySet<string> {
  const pages = [...allowedOrigins, origin].filter((each) => !isAppOrigin(each));
  return new Set(pages.map((each) => new URL(each).hostname));
}
