import * as v from "valibot";

const MAX_DELAY_MS = 60_000;
const MAX_REPEAT = 5;

/** The body of `POST /twin/callbacks`: how the callbacks of the next messages behave. */
export const CallbackRuleSchema = v.strictObject({
  /**
   * The delay before the first callback, in milliseconds. With a delay all callbacks come after the
   * last status.
   */
  delay_ms: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_DELAY_MS)), 0),
  /** How often each callback is sent. */
  repeat: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_REPEAT)), 1),
  /** Whether the last status is sent first. */
  reorder: v.optional(v.boolean(), false),
  /** Whether no callback is sent. */
  drop: v.optional(v.boolean(), false),
  /**
   * The form of the signed URL: as given, with a port, or without a port. Twilio uses all three.
   */
  signed_port: v.optional(v.picklist(["as_given", "with", "without"]), "as_given"),
});

export type CallbackRule = v.InferOutput<typeof CallbackRuleSchema>;

/** Each callback once, in order, when its status is reached. */
export const PLAIN_CALLBACKS: CallbackRule = {
  delay_ms: 0,
  repeat: 1,
  reorder: false,
  drop: false,
  signed_port: "as_given",
};

/** Returns the URL to sign. It may differ from the URL to call. */
export function signedUrl(url: string, { signed_port: port }: CallbackRule): string {
  const [, origin = "", given, rest = ""] =
    /^(https?:\/\/[^/?#]*?)(:\d+)?([/?#].*)?$/.exec(url) ?? [];
  if (port === "without") return origin + rest;
  if (port === "with")
    return origin + (given ?? (url.startsWith("https:") ? ":443" : ":80")) + rest;
  return url;
}
