import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { notFound, verifyTime, type Answer } from "../answer.ts";
import type { Call } from "../api.ts";
import { effectOf } from "../failure-numbers.ts";
import { TWIN_ACCOUNT_SID } from "../seed.ts";
import type { Verification } from "./verification.ts";

const LIST_URL = "https://verify.twilio.com/v2/Attempts";
const SHOWN = 50;

/**
 * Lists each send of a verification, newest first, with its delivery status and carrier. Of
 * Twilio's filters the twin supports `VerificationSid`, `VerifyServiceSid` and `ChannelData.To`.
 * There is only one page.
 */
export function listAttempts(call: Call): Answer {
  const [sid, service, to] = [
    call.query("VerificationSid"),
    call.query("VerifyServiceSid"),
    call.query("ChannelData.To"),
  ];
  const attempts = call.state.verifications
    .filter((known) => (!sid || known.sid === sid) && (!service || known.serviceSid === service))
    .filter((known) => !to || known.to === to)
    .flatMap((known) => known.sends.map((send) => ({ atMs: send.atMs, body: render(known, send) })))
    .toSorted((one, two) => two.atMs - one.atMs)
    .slice(0, SHOWN);
  const url = `${LIST_URL}?PageSize=${SHOWN}&Page=0`;
  const meta = {
    key: "attempts",
    page: 0,
    page_size: SHOWN,
    first_page_url: url,
    previous_page_url: null,
    url,
    next_page_url: null,
  };
  return { status: 200, body: { attempts: attempts.map(({ body }) => body), meta } };
}

export function fetchAttempt(call: Call): Answer {
  for (const verification of call.state.verifications) {
    const send = verification.sends.find(({ sid }) => sid === call.param("attempt"));
    if (send) return { status: 200, body: render(verification, send) };
  }
  return notFound(call.path);
}

function render(verification: Verification, send: Verification["sends"][number]) {
  const { serviceSid, to, status, code, locale } = verification;
  const isApproved = status === "approved";
  const isLost = effectOf(to, "start")?.kind === "silent";
  return {
    sid: send.sid,
    account_sid: TWIN_ACCOUNT_SID,
    service_sid: serviceSid,
    verification_sid: verification.sid,
    date_created: verifyTime(send.atMs),
    date_updated: verifyTime(verification.updatedMs),
    conversion_status: isApproved ? "converted" : "unconverted",
    channel: send.channel,
    price: { value: "0.005", currency: "usd" },
    channel_data: {
      verification_sid: verification.sid,
      to,
      status: isApproved ? "confirmed" : "unconfirmed",
      message_status: isLost ? "undelivered" : "delivered",
      error_code: isLost ? "30008" : null,
      country: parsePhoneNumberFromString(to)?.country ?? null,
      code_length: code.length,
      locale,
      mcc: "001",
      mnc: "01",
      carrier: "Twin Mobile",
    },
    url: `${LIST_URL}/${send.sid}`,
  };
}
