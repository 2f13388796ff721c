import type { Config } from "../../config.ts";
import type { OwnCodeConfig } from "../../config/own-code.ts";
import { composeMessage } from "../../sending/message.ts";
import { countSegments } from "../../sending/sms-segments.ts";
import { ok, warning, type Row } from "./row.ts";

/** A payee and an amount of usual length. What a backend names may be longer. */
const example = { payee: "Example Payee Ltd", amount: "1,000.00 EUR" };

/** What each text of our own costs: a carrier bills a long one as several. */
export function messageRows({ engine, purposes }: Config): Row[] {
  const ownCode = engine.name === "messaging" ? engine.ownCode : engine.fallback;
  if (ownCode === undefined) return [];
  return [
    segmentRow("OTP_MESSAGE", ownCode),
    ...(purposes.has("transaction") ? [segmentRow("OTP_MESSAGE_TRANSACTION", ownCode)] : []),
  ];
}

function segmentRow(name: string, { message, length, lifetimeSeconds }: OwnCodeConfig): Row {
  const confirmed = name === "OTP_MESSAGE_TRANSACTION" ? example : undefined;
  const text = composeMessage(message, "0".repeat(length), lifetimeSeconds, confirmed);
  const segments = countSegments(text);
  if (segments === 1) return ok("Settings", name, "fits into one text");
  return warning(
    { area: "Settings", name, detail: `takes ${segments} texts: each code costs as many` },
    "Shorten it to 160 characters, with APP_NAME and the lines for WebOTP and Android; 70 if a character is not of the GSM alphabet.",
  );
}
