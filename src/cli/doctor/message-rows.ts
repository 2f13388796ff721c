import type { Config } from "../../config.ts";
import type { MessageTexts } from "../../config/message-texts.ts";
import type { OwnCodeConfig } from "../../config/own-code.ts";
import { composeMessage, type MessageContent } from "../../sending/message.ts";
import { countSegments } from "../../sending/sms-segments.ts";
import { ok, warning, type Row } from "./row.ts";

/** A payee and an amount of usual length. A backend may name longer ones. */
const example = { payee: "Example Payee Ltd", amount: "1,000.00 EUR" };

/**
 * Rows about the length of each text that Phonegate writes. A carrier charges a long text as
 * several.
 */
export function messageRows({ engine, purposes }: Config): Row[] {
  const ownCode = engine.name === "messaging" ? engine.ownCode : engine.fallback;
  if (ownCode === undefined) return [];
  const { texts, transactionTexts } = ownCode.message;
  return [
    ...segmentRows("OTP_MESSAGE", "OTP_MESSAGES", texts, ownCode, undefined),
    ...(purposes.has("transaction")
      ? segmentRows(
          "OTP_MESSAGE_TRANSACTION",
          "OTP_MESSAGES_TRANSACTION",
          transactionTexts,
          ownCode,
          example,
        )
      : []),
  ];
}

/**
 * Returns a warning for each language whose text is too long for one message, or one row if all
 * fit.
 */
function segmentRows(
  name: string,
  listName: string,
  { byLanguage }: MessageTexts,
  { message, length, lifetimeSeconds }: OwnCodeConfig,
  confirmed: MessageContent["confirmed"],
): Row[] {
  const languages = Object.keys(byLanguage).toSorted();
  const code = "0".repeat(length);
  const long = [undefined, ...languages].flatMap((locale) => {
    const content = { code, secondsLeft: lifetimeSeconds, locale, confirmed };
    const segments = countSegments(composeMessage(message, content));
    return segments === 1 ? [] : [{ locale, segments }];
  });
  if (long.length === 0) {
    const also = languages.length === 0 ? "" : `, in ${languages.join(", ")} too`;
    return [ok("Settings", name, `fits into one text${also}`)];
  }
  return long.map(({ locale, segments }) =>
    warning(
      {
        area: "Settings",
        name: locale === undefined ? name : `${listName} ${locale}`,
        detail: `needs ${segments} texts: each code costs ${segments} texts`,
      },
      "Shorten it to 160 characters, including APP_NAME and the lines for WebOTP and Android; to 70 if it has a character outside the GSM alphabet.",
    ),
  );
}
