import * as v from "valibot";

/**
 * What a refusal by Twilio means to us, whatever its number is today. Sources: Twilio's error
 * dictionary and its documentation of Verify.
 */
export type RefusalMeaning =
  | "bad_credentials"
  | "not_found"
  | "too_many_requests"
  | "concurrent"
  | "max_checks"
  | "max_sends"
  | "bad_number"
  | "number_type"
  | "landline"
  | "country"
  | "blocked"
  | "opted_out"
  | "queue_full"
  | "sender"
  | "language"
  | "rejected";

const meanings = new Map<number, RefusalMeaning>([
  [20003, "bad_credentials"],
  [20404, "not_found"],
  [20429, "too_many_requests"],
  [60202, "max_checks"],
  [60203, "max_sends"],
  [60205, "landline"],
  [60212, "concurrent"],
  [60238, "blocked"],
  [60410, "blocked"],
  [60605, "country"],
  // No such translation of a template, and no voice for it.
  [60229, "language"],
  [60331, "language"],
  [21408, "country"],
  [21211, "bad_number"],
  [21217, "bad_number"],
  [21214, "number_type"],
  [21614, "number_type"],
  [21635, "number_type"],
  [21610, "opted_out"],
  [21611, "queue_full"],
  // The sender, the trial account, the route: the operator's to mend.
  ...[21212, 21602, 21603, 21604, 21606, 21608, 21612, 21617].map(
    (code): [number, RefusalMeaning] => [code, "sender"],
  ),
]);

/** The body of Twilio's errors, as far as it can be trusted to be there. */
export interface TwilioErrorBody {
  readonly code: number | undefined;
  /** May repeat the phone number: never logged, never forwarded. */
  readonly message: string;
}

const errorBody = v.object({
  code: v.fallback(v.optional(v.pipe(v.number(), v.integer())), undefined),
  message: v.fallback(v.string(), ""),
});

export function readErrorBody(body: unknown): TwilioErrorBody {
  const { success, output } = v.safeParse(errorBody, body);
  return success
    ? { code: output.code, message: output.message }
    : { code: undefined, message: "" };
}

export function meaningOf(code: number, message: string): RefusalMeaning {
  // 60200 is "invalid parameter": the message alone says which.
  if (code === 60200) return parameterMeanings[invalidParameter(message)] ?? "rejected";
  return meanings.get(code) ?? "rejected";
}

const parameterMeanings: Readonly<Record<string, RefusalMeaning>> = {
  To: "bad_number",
  Locale: "language",
};

function invalidParameter(message: string): string {
  return /parameter:?\s*[`'"]?(\w+)/.exec(message)?.[1] ?? "";
}
