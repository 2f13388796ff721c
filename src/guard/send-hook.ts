import * as v from "valibot";
import type { HooksConfig } from "../config/webhooks.ts";
import type { Runtime } from "../runtime.ts";
import { askHook, type HookQuestion } from "./hook.ts";

const schema = v.strictObject({ allow: v.boolean() });

/** Whether a text may be sent to the number. */
export type SendVerdict =
  | { readonly kind: "pass" }
  /** The caller learns of the refusal. */
  | { readonly kind: "not_allowed" }
  /** The caller gets the same answer as if a code were sent. */
  | { readonly kind: "hidden" }
  /** The hook gave no usable answer. Fails closed, unless `HOOK_UNAVAILABLE` is `go_on`. */
  | { readonly kind: "hook_unavailable" };

/** Asks `HOOK_BEFORE_SEND_URL`. Makes no call if the hook is off. */
export async function askSendHook(
  runtime: Runtime,
  { beforeSend, refusal, whenUnavailable }: HooksConfig,
  data: HookQuestion["data"],
): Promise<SendVerdict> {
  if (beforeSend === undefined) return { kind: "pass" };
  const hook = "before_send";
  const asked = await askHook(runtime, beforeSend, { type: hook, data });
  const read = asked.kind === "answered" ? v.safeParse(schema, asked.answer) : undefined;
  if (read?.success !== true) {
    const reason = asked.kind === "failed" ? asked.reason : "malformed";
    runtime.log("hook.failed", { level: "alert", hook, reason });
    return { kind: whenUnavailable === "go_on" ? "pass" : "hook_unavailable" };
  }
  if (read.output.allow) return { kind: "pass" };
  runtime.log("hook.refused", { hook });
  return { kind: refusal === "hide" ? "hidden" : "not_allowed" };
}
