import { notFound, type Answer } from "../answer.ts";
import type { Call } from "../api.ts";
import { TWIN_ACCOUNT_SID, TWIN_FROM, TWIN_MESSAGING_SERVICE_SID } from "../seed.ts";

const NUMBER_SID = "PNaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const NUMBERS = `/2010-04-01/Accounts/${TWIN_ACCOUNT_SID}/IncomingPhoneNumbers`;
const SERVICES = "https://messaging.twilio.com/v1/Services";

/** Lists the account's only number. Of Twilio's filters the twin supports `PhoneNumber`. */
export function listNumbers(call: Call): Answer {
  const wanted = call.query("PhoneNumber");
  const number = {
    sid: NUMBER_SID,
    account_sid: TWIN_ACCOUNT_SID,
    phone_number: TWIN_FROM,
    friendly_name: "(201) 555-0193",
    capabilities: { voice: true, sms: true, mms: false, fax: false },
    status: "in-use",
    uri: `${NUMBERS}/${NUMBER_SID}.json`,
  };
  const shown = wanted === undefined || wanted === TWIN_FROM ? [number] : [];
  const uri = `${NUMBERS}.json?PageSize=50&Page=0`;
  const page = { page: 0, page_size: 50, start: 0, end: Math.max(0, shown.length - 1) };
  const links = { uri, first_page_uri: uri, next_page_uri: null, previous_page_uri: null };
  return { status: 200, body: { incoming_phone_numbers: shown, ...page, ...links } };
}

export function listMessagingServices(): Answer {
  const url = `${SERVICES}?PageSize=50&Page=0`;
  const links = { url, first_page_url: url, next_page_url: null, previous_page_url: null };
  const meta = { page: 0, page_size: 50, ...links, key: "services" };
  return { status: 200, body: { meta, services: [service] } };
}

export function fetchMessagingService(call: Call): Answer {
  const isKnown = call.param("service") === TWIN_MESSAGING_SERVICE_SID;
  return isKnown ? { status: 200, body: service } : notFound(call.path);
}

const service = {
  sid: TWIN_MESSAGING_SERVICE_SID,
  account_sid: TWIN_ACCOUNT_SID,
  friendly_name: "The twin's messaging service",
  date_created: "2026-06-01T12:00:00Z",
  date_updated: "2026-06-01T12:00:00Z",
  url: `${SERVICES}/${TWIN_MESSAGING_SERVICE_SID}`,
};
