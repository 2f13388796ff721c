import { notFound, twilioError, type Answer } from "../answer.ts";
import type { Call } from "../api.ts";
import { TWIN_ACCOUNT_SID, TWIN_API_KEY_SID, TWIN_AUTH_TOKEN } from "../seed.ts";

const PATH = `/2010-04-01/Accounts/${TWIN_ACCOUNT_SID}`;

/**
 * Answers a fetch of Twilio's Account resource. The twin's API key is a Standard key, which may not
 * read it ("except API key and Account resources", twilio.com/docs/usage/api/keys). It gets 401,
 * like an unknown key; this status is a guess.
 */
export function fetchAccount(call: Call): Answer {
  if (call.username === TWIN_API_KEY_SID) return twilioError(20003);
  const { type, status } = call.state.account;
  const parts = ["calls", "messages", "keys", "usage"];
  const body = {
    sid: TWIN_ACCOUNT_SID,
    owner_account_sid: TWIN_ACCOUNT_SID,
    friendly_name: "The twin's account",
    type,
    status,
    // Twilio's real answer contains the token too, so this answer must not be printed.
    auth_token: TWIN_AUTH_TOKEN,
    date_created: "Mon, 01 Jun 2026 12:00:00 +0000",
    date_updated: "Mon, 01 Jun 2026 12:00:00 +0000",
    uri: `${PATH}.json`,
    subresource_uris: Object.fromEntries(parts.map((part) => [part, `${PATH}/${part}.json`])),
  };
  return { status: 200, body };
}

/** Returns an error if the path names another account, with or without `.json`. */
export function ofThisAccount(call: Call): Answer | undefined {
  const sid = call.param("account").replace(/\.json$/, "");
  if (sid === TWIN_ACCOUNT_SID) return undefined;
  return /^AC[0-9a-f]{32}$/i.test(sid) ? twilioError(20003) : notFound(call.path);
}
