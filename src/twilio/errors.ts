import * as v from "valibot";

/** What a refusal by Twilio means, independent of its numeric code. */
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
  | "channel_unavailable"
  | "opted_out"
  | "queue_full"
  | "language"
  | "sender"
  | "rejected";

const codes = (text: string): number[] => text.split(" ").map(Number);

/**
 * All documented codes that our calls can get: starts, checks and cancels of Verify, and texts of
 * Programmable Messaging. Sources, read on 2026-11-28: https://www.twilio.com/docs/verify/api/error-codes
 * and https://www.twilio.com/docs/api/errors. A code that is not listed counts as `rejected`.
 */
export const codesByMeaning: readonly (readonly [RefusalMeaning, readonly number[]])[] = [
  ["bad_credentials", [20003]],
  ["not_found", [20404]],
  ["too_many_requests", [20429]],
  ["concurrent", [60212]],
  ["max_checks", [60202]],
  ["max_sends", [60203]],
  ["bad_number", [21211, 21217]],
  ["number_type", codes("21214 21265 21266 21268 21614 21635")],
  ["landline", [60205]],
  ["country", [21408, 60605]],
  ["blocked", [60238, 60410, 60412, 60413]],
  // This channel fails, but another may work: no calls with PSD2 (60214), channel switched off (60223),
  // channel not in the template, no approved WhatsApp template (60242), no WhatsApp sender (68008).
  // Twilio does not explain 60245, "messaging limits"; other limits of that name are WhatsApp's.
  ["channel_unavailable", codes("60214 60223 60227 60242 60245 60408 60428 68008")],
  ["opted_out", [21610]],
  ["queue_full", [21611]],
  // The template has no translation, or the voice does not speak the language.
  ["language", [60201, 60229, 60331]],
  // The sender, the trial account, the route or the parameters are wrong. The operator must fix them.
  [
    "sender",
    codes(
      "21210 21212 21219 21264 21267 21601 21602 21603 21604 21605 21606 21607 21608 21609 21612 " +
        "21613 21616 21617 21618 21619 21620 21621 21622 21623 21624 21626 21627 21652 21653 21654 " +
        "21655 21656 21657 21658 21659 21660 21661 21662 21663 21664 21665 21666 21667 21668 21701 " +
        "21702 21703 21704 21705 21709 21711 572005",
    ),
  ],
  // The service, its templates or a registration is wrong. The operator must fix it.
  [
    "rejected",
    codes(
      "60204 60206 60207 60208 60209 60210 60211 60213 60217 60220 60221 60224 60225 60226 60228 " +
        "60230 60231 60232 60233 60234 60235 60239 60240 60241 60243 60246 60247 60248 60249 60250 " +
        "60251 60252 60409 60411 60602 60624 575001",
    ),
  ],
];

const meanings = new Map(
  codesByMeaning.flatMap(([meaning, known]) =>
    known.map((code): [number, RefusalMeaning] => [code, meaning]),
  ),
);

/** The body of a Twilio error. Both fields may be missing in the answer. */
export interface TwilioErrorBody {
  readonly code: number | undefined;
  /** It may contain the phone number, so it is never logged and never forwarded. */
  readonly message: string;
}

const errorBody = v.object({
  code: v.fallback(v.optional(v.pipe(v.number(), v.integer())), undefined),
  message: v.fallback(v.string(), ""),
});

/** Reads the body of a refused request. A body of another shape has no code and an empty message. */
export function readErrorBody(body: unknown): TwilioErrorBody {
  const { success, output } = v.safeParse(errorBody, body);
  return success
    ? { code: output.code, message: output.message }
    : { code: undefined, message: "" };
}

/** Returns the meaning of an error code. `message` is needed for 60200 alone. */
export function meaningOf(code: number, message: string): RefusalMeaning {
  // 60200 is "invalid parameter". Only the message names the parameter.
  if (code === 60200) return parameterMeanings[invalidParameter(message)] ?? "rejected";
  return meanings.get(code) ?? "rejected";
}

/** We only send channels that Twilio has, so a refused channel is not available to the account. */
const parameterMeanings: Readonly<Record<string, RefusalMeaning>> = {
  To: "bad_number",
  Channel: "channel_unavailable",
  Locale: "language",
};

function invalidParameter(message: string): string {
  return /parameter:?\s*[`'"]?(\w+)/.exec(message)?.[1] ?? "";
}
