import * as v from "valibot";

const MAX_DELAY_MS = 60_000;
const MAX_REPEAT = 5;

/** Body of `POST /twin/callbacks`: how the callbacks of the next messages behave. */
export const CallbackRuleSchema = v.strictObject({
  /** Before the first one; all come after the last status then. */
  delay_ms: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_DELAY_MS)), 0),
  /** How often each one comes. */
  repeat: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_REPEAT)), 1),
  /** The last status first. */
  reorder: v.optional(v.boolean(), false),
  /** They never come. */
  drop: v.optional(v.boolean(), false),
  /** The signed URL: as it was given, with its port or the scheme's, without any. Twilio signs all. */
  signed_port: v.optional(v.picklist(["as_given", "with", "without"]), "as_given"),
});

export type CallbackRule = v.InferOutput<typeof CallbackRuleSchema>;

/** Once each, in order, as each status is reached. */
export const PLAIN_CALLBACKS: CallbackRule = {
  delay_ms: 0,
  repeat: 1,
  reorder: false,
  drop: false,
  signed_port: "as_given",
};

/** The URL as it is signed, which need not be the URL that is called. */
export function signedUrl(url: string, { signed_port: port }: CallbackRule): string {
  const [, origin = "", given, rest = ""] =
    /^(https?:\/\/[^/?#]*?)(:\d+)?([/?#].*)?$/.exec(url) ?? [];
  if (port === "without") return origin + rest;
  if (port === "with")
    return origin + (given ?? (url.startsWith("https:") ? ":443" : ":80")) + rest;
  return url;
}
