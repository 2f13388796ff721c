import * as v from "valibot";
import { parseExtraClaims, type ExtraClaims } from "../config/token-claims.ts";
import type { HooksConfig } from "../config/webhooks.ts";
import { subject } from "../contract/fields.ts";
import { askHook, type HookQuestion } from "../guard/hook.ts";
import type { Runtime } from "../runtime.ts";

const schema = v.strictObject({
  allow: v.boolean(),
  subject: v.optional(v.string()),
  claims: v.optional(v.unknown()),
});

/** Whether the user may sign in, as which subject, and with which additional claims. */
export type SessionVerdict =
  | {
      readonly kind: "pass";
      readonly subject?: string | undefined;
      readonly extraClaims?: ExtraClaims | undefined;
    }
  | { readonly kind: "not_allowed" };

/**
 * Asks `HOOK_BEFORE_SESSION_URL` after a right code. It always fails closed: a late, too large, redirected,
 * malformed or forbidden answer refuses the sign-in.
 */
export async function askSessionHook(
  runtime: Runtime,
  { beforeSession }: Pick<HooksConfig, "beforeSession">,
  data: HookQuestion["data"],
): Promise<SessionVerdict> {
  if (beforeSession === undefined) return { kind: "pass" };
  const hook = "before_session";
  const asked = await askHook(runtime, beforeSession, { type: hook, data });
  const read = asked.kind === "failed" ? asked : readVerdict(asked.answer);
  if (read.kind === "pass") return read;
  if (read.kind === "failed")
    runtime.log("hook.failed", { level: "alert", hook, reason: read.reason });
  else runtime.log("hook.refused", { hook });
  return { kind: "not_allowed" };
}

function readVerdict(
  answer: unknown,
): SessionVerdict | { readonly kind: "failed"; readonly reason: string } {
  const read = v.safeParse(schema, answer);
  if (!read.success) return { kind: "failed", reason: "malformed" };
  const { allow, subject: named, claims } = read.output;
  if (!allow) return { kind: "not_allowed" };
  // `usr_…` names numbers: with it a hook could sign a user in as another number's user.
  if (named !== undefined && !v.safeParse(subject, named).success)
    return { kind: "failed", reason: "forbidden_subject" };
  if (claims === undefined) return { kind: "pass", subject: named };
  const parsed = parseExtraClaims(claims);
  if (parsed.kind === "refused") return { kind: "failed", reason: "forbidden_claims" };
  return { kind: "pass", subject: named, extraClaims: parsed.claims };
}
