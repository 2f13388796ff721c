import type { Config } from "../../config.ts";
import type { Sender } from "../../config/own-code.ts";
import {
  checkCredentials,
  fetchMessagingService,
  fetchService,
  findNumber,
  type AccountState,
} from "../twilio/account.ts";
import type { Failure, TwilioCaller } from "../twilio/caller.ts";
import { describeFailure } from "../twilio/failure-words.ts";
import { failure, note, ok, unknown, warning, type Row } from "./row.ts";

/** The greatest difference to Twilio's clock that causes no warning. */
const maxSkewSeconds = 60;

/** Rows about the Twilio account. If the credentials fail, no other call is made. */
export async function twilioRows(config: Config, twilio: TwilioCaller): Promise<Row[]> {
  const product = config.engine.name === "verify" ? "verify" : "messaging";
  const credentials = await checkCredentials(twilio, product);
  if (credentials.kind !== "found") {
    const { detail, cure } = describeFailure(credentials, twilio.access, "use this account");
    return [failure({ area: "Twilio", name: "Credentials", detail }, cure)];
  }
  const account = accountRow(credentials.account);
  return [
    ok("Twilio", "Credentials", "Twilio accepts them"),
    account,
    ...(await serviceRows(config, twilio)),
    ...(await senderRows(config, twilio)),
    ...webhookRows(config),
    regionRow(config),
    ...skewRows(config, twilio.aheadSeconds),
  ];
}

function accountRow(account: AccountState | undefined): Row {
  const name = "Account";
  if (account === undefined)
    return unknown(
      "Twilio",
      name,
      "an API key cannot read its account, so it is unknown whether it is a trial",
      "To find out, run the doctor once with TWILIO_AUTH_TOKEN instead of the API key.",
    );
  if (account.status !== "active")
    return failure(
      { area: "Twilio", name, detail: `is ${account.status || "in an unknown state"}` },
      "Reactivate it in the Twilio console.",
    );
  if (account.type === "Trial")
    return warning(
      { area: "Twilio", name, detail: "is a trial account: it sends only to verified numbers" },
      "Upgrade it in the Twilio console before real users sign in.",
    );
  return ok("Twilio", name, "active, not a trial");
}

async function serviceRows(config: Config, twilio: TwilioCaller): Promise<Row[]> {
  if (config.engine.name !== "verify") return [];
  const rows = [...config.engine.services].map(([purpose, sid]) =>
    serviceRow(purpose, sid, twilio),
  );
  return Promise.all(rows);
}

async function serviceRow(purpose: string, sid: string, twilio: TwilioCaller): Promise<Row> {
  const name = `Service ${purpose}`;
  const found = await fetchService(twilio, sid);
  if (found.kind !== "found") return failedRow(name, found, twilio, "read this Verify service");
  const { code_length: length, friendly_name, psd2_enabled } = found.value;
  const finding = { area: "Twilio", name } as const;
  if (length < 6)
    return failure(
      {
        ...finding,
        detail: `codes of ${length} digits: NIST SP 800-63B-4 §3.1.3.2 requires six or more`,
      },
      "Set the service's code length to 6 in the Twilio console.",
    );
  if (purpose === "transaction" && !psd2_enabled)
    return warning(
      { ...finding, detail: "is not a PSD2 service: the message shows neither amount nor payee" },
      "Ask Twilio to enable PSD2 for it (Psd2Enabled), or use OTP_ENGINE=messaging.",
    );
  return ok("Twilio", name, `"${friendly_name}", ${length} digits${psd2_enabled ? ", PSD2" : ""}`);
}

async function senderRows(config: Config, twilio: TwilioCaller): Promise<Row[]> {
  const { engine } = config;
  const sender = (engine.name === "messaging" ? engine.ownCode : engine.fallback)?.sender;
  return sender === undefined ? [] : [await senderRow(sender, twilio)];
}

async function senderRow(sender: Sender, twilio: TwilioCaller): Promise<Row> {
  const name = "Sender";
  if ("messagingServiceSid" in sender) {
    const found = await fetchMessagingService(twilio, sender.messagingServiceSid);
    return found.kind === "found"
      ? ok("Twilio", name, "the Messaging Service exists")
      : failedRow(name, found, twilio, "read this Messaging Service");
  }
  if (!sender.from.startsWith("+"))
    return unknown("Twilio", name, "a short code or a name: Twilio does not list these");
  const found = await findNumber(twilio, sender.from);
  if (found.kind !== "found") return failedRow(name, found, twilio, "list its numbers");
  const finding = { area: "Twilio", name } as const;
  if (found.value === undefined)
    return failure(
      { ...finding, detail: "TWILIO_FROM is not a number of this account" },
      "Use a number from the Twilio console, Phone Numbers, in E.164.",
    );
  if (!found.value.canText)
    return failure(
      { ...finding, detail: "TWILIO_FROM cannot send texts" },
      "Use a number with the capability SMS.",
    );
  return ok("Twilio", name, "the number belongs to the account and can send texts");
}

/** Only texts of the engine `messaging` have delivery reports. */
function webhookRows({ engine, issuer, twilio, development }: Config): Row[] {
  if (engine.name === "verify" && engine.fallback === undefined) return [];
  const name = "Delivery reports";
  if (development) return [note("Twilio", name, "the twin sends them to this machine")];
  const url = `${issuer ?? ""}/v1/webhooks/twilio/messages`;
  if (twilio.authToken === undefined)
    return [
      warning(
        { area: "Twilio", name, detail: "an API key cannot check their signatures" },
        "Set TWILIO_AUTH_TOKEN in addition to the API key: Twilio signs its webhooks with it.",
      ),
    ];
  return [ok("Twilio", name, url)];
}

function regionRow({ twilio, development }: Config): Row {
  const { region, edge } = twilio;
  if (development) return note("Twilio", "Region", "the twin");
  if (region === undefined && edge === undefined) return ok("Twilio", "Region", "us1, the default");
  return ok("Twilio", "Region", [region ?? "us1", edge].filter(Boolean).join(", by "));
}

/** The twin of `npm start` answers without a `Date`, and is on this machine. */
const skewRows = ({ development }: Config, aheadSeconds: number | undefined): Row[] =>
  development && aheadSeconds === undefined ? [] : [skewRow(aheadSeconds)];

/**
 * A row about this machine's clock, by the `Date` of Twilio's last answer; undefined if it had
 * none.
 */
export function skewRow(aheadSeconds: number | undefined): Row {
  const name = "Clock";
  if (aheadSeconds === undefined) return unknown("Twilio", name, "the answer had no Date");
  if (Math.abs(aheadSeconds) <= maxSkewSeconds)
    return ok("Twilio", name, `${Math.abs(aheadSeconds)} s from Twilio's`);
  const side = aheadSeconds > 0 ? "behind" : "ahead of";
  return warning(
    {
      area: "Twilio",
      name,
      detail: `this machine's clock is ${Math.abs(aheadSeconds)} s ${side} Twilio's`,
    },
    "Set the clock by NTP: keys and codes contain times. (A deployed Worker uses Cloudflare's clock.)",
  );
}

function failedRow(name: string, found: Failure, twilio: TwilioCaller, task: string): Row {
  const { detail, cure } = describeFailure(found, twilio.access, task);
  return failure({ area: "Twilio", name, detail }, cure);
}
