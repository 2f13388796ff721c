import type { Credentials } from "./account.ts";
import type { Failure, TwilioAccess } from "./caller.ts";

/** A failure and its cure. Neither quotes Twilio's answer. */
export interface Diagnosis {
  readonly detail: string;
  readonly cure: string;
}

/** Describes a failed call. `task` completes a sentence: "list the Verify services". */
export function describeFailure(
  failure: Failure | Extract<Credentials, { kind: "other_account" }>,
  access: TwilioAccess,
  task: string,
): Diagnosis {
  switch (failure.kind) {
    case "unreachable":
      return {
        detail: `Twilio did not answer at ${failure.origin}`,
        cure:
          access.baseUrl === undefined
            ? "Check the network, a proxy or firewall, and TWILIO_REGION and TWILIO_EDGE if they are set."
            : "Start the twin with `npm start`, or remove TWILIO_BASE_URL to use the real Twilio.",
      };
    case "bad_answer":
      return {
        detail: `The answer (HTTP ${failure.status}) does not come from Twilio`,
        cure: "Check https://status.twilio.com, and whether a proxy answers instead of Twilio. Then try again.",
      };
    case "other_account":
      return {
        detail: "The API key belongs to another account than TWILIO_ACCOUNT_SID",
        cure: "Copy the account's sid (AC…) and the API key from the same account of the Twilio console.",
      };
    case "refused":
      return describeRefusal(failure.status, failure.code, access, task);
  }
}

function describeRefusal(
  status: number,
  code: number | undefined,
  access: TwilioAccess,
  task: string,
): Diagnosis {
  const errorCode = code === undefined ? `HTTP ${status}` : `${code}`;
  if (status === 401) {
    const isKey = access.username !== access.accountSid;
    const region =
      access.region === undefined
        ? "."
        : `. Use the credentials of the region ${access.region}: each region has its own.`;
    return {
      detail: `Twilio refuses the credentials (${errorCode})`,
      cure: isKey
        ? `Check TWILIO_ACCOUNT_SID and both parts of the API key. Twilio answers the same for a deleted key and a wrong secret${region}`
        : `Copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN again from the Twilio console, Account Info (not the test credentials)${region}`,
    };
  }
  if (status === 403)
    return {
      detail: `These credentials may not ${task} (${errorCode})`,
      cure: "Use a Standard API key or the auth token, or give the restricted key this permission in the Twilio console. Reactivate a suspended account there.",
    };
  if (status === 404)
    return {
      detail: `Not found: cannot ${task} (${errorCode})`,
      cure: "Check the sid, and that it belongs to this account and region.",
    };
  if (status === 429)
    return {
      detail: `Twilio received too many requests (${errorCode})`,
      cure: "Try again in a minute.",
    };
  return {
    detail: `Twilio refuses to ${task} (${errorCode})`,
    cure: `Read https://www.twilio.com/docs/api/errors/${code ?? ""} about this error.`,
  };
}
