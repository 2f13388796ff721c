import type { Credentials } from "./account.ts";
import type { Failure, TwilioAccess } from "./caller.ts";

/** What happened, and what cures it. Neither has anything of the answer in it. */
export interface Diagnosis {
  readonly detail: string;
  readonly cure: string;
}

/** `doing` says what was asked for: "list the Verify services". */
export function describeFailure(
  failure: Failure | Extract<Credentials, { kind: "other_account" }>,
  access: TwilioAccess,
  doing: string,
): Diagnosis {
  switch (failure.kind) {
    case "unreachable":
      return {
        detail: `Twilio did not answer at ${failure.origin}`,
        cure:
          access.baseUrl === undefined
            ? "Check the network, a proxy or firewall, and TWILIO_REGION and TWILIO_EDGE if they are set."
            : "Start the twin with `npm start`, or leave TWILIO_BASE_URL out for the real Twilio.",
      };
    case "bad_answer":
      return {
        detail: `The answer (HTTP ${failure.status}) is not one of Twilio's`,
        cure: "Look at https://status.twilio.com, and for a proxy that answers in Twilio's place; then try again.",
      };
    case "other_account":
      return {
        detail: "The API key belongs to another account than TWILIO_ACCOUNT_SID",
        cure: "Take the account's sid (AC…) and the API key from the same account of the Twilio console.",
      };
    case "refused":
      return describeRefusal(failure.status, failure.code, access, doing);
  }
}

function describeRefusal(
  status: number,
  code: number | undefined,
  access: TwilioAccess,
  doing: string,
): Diagnosis {
  const said = code === undefined ? `HTTP ${status}` : `${code}`;
  if (status === 401) {
    const isKey = access.username !== access.accountSid;
    const region =
      access.region === undefined
        ? "."
        : `; those of the region ${access.region}, since each region has its own.`;
    return {
      detail: `Twilio refuses the credentials (${said})`,
      cure: isKey
        ? `Check TWILIO_ACCOUNT_SID, and both halves of the API key: a deleted key cannot be told from a wrong secret${region}`
        : `Copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN again from the Twilio console, Account Info (not the test credentials)${region}`,
    };
  }
  if (status === 403)
    return {
      detail: `These credentials may not ${doing} (${said})`,
      cure: "Take a Standard API key or the auth token, or give the restricted key this permission in the Twilio console; a suspended account must be reactivated there.",
    };
  if (status === 404)
    return {
      detail: `Not found: cannot ${doing} (${said})`,
      cure: "Check the sid, and that it belongs to this account and region.",
    };
  if (status === 429)
    return { detail: `Twilio asks for patience (${said})`, cure: "Try again in a minute." };
  return {
    detail: `Twilio refuses to ${doing} (${said})`,
    cure: `See https://www.twilio.com/docs/api/errors/${code ?? ""} for what it means.`,
  };
}
