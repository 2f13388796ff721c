import type { Context } from "hono";
import { AddressWindows } from "../guard/kv-windows.ts";
import { SendBudget } from "../guard/send-budget.ts";
import type { AppEnv } from "../http/app-env.ts";
import { TwilioClient } from "../twilio/client.ts";
import { Dispatch } from "../verification/dispatch.ts";
import { NumberLedger } from "../verification/ledgers.ts";
import { OwnMessage } from "../verification/own-message.ts";
import { TwilioVerify } from "../verification/twilio-verify.ts";
import type { VerificationDeps } from "../verification/deps.ts";

/** What the use cases of one request work with. */
export function depsOf(c: Context<AppEnv>): VerificationDeps {
  const { config, runtime, providerHealth, overAddresses, origin } = c.var;
  const { accountSid } = config.twilio;
  const twilio = new TwilioClient(config.twilio, runtime, providerHealth);
  const verify = new TwilioVerify(twilio, runtime);
  const ownCode = config.engine.name === "verify" ? config.engine.fallback : config.engine.ownCode;
  const message = ownCode && new OwnMessage(twilio, accountSid, ownCode, runtime);
  return {
    config,
    runtime,
    ledgerAt: (address) => new NumberLedger(c.env.PHONE_LEDGER, address, runtime),
    budget: new SendBudget(c.env.SEND_BUDGET, config.budget, runtime),
    windows: new AddressWindows(c.env.LIMITS, config, runtime, overAddresses),
    dispatch: new Dispatch(config, runtime, { verify, message }, origin),
    verify,
    message,
  };
}
