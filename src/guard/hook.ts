import { decodeJson } from "../lib/json.ts";
import { randomNonce } from "../lib/random-nonce.ts";
import { postSigned, type PostOutcome, type WebhookTarget } from "../lib/signed-post.ts";
import type { Runtime } from "../runtime.ts";

/** SECURITY H2. Short, because a caller waits for the answer. */
const limits = { timeoutMs: 2_000, maxBytes: 8 * 1024 };

export type HookName = "before_send" | "before_session";

/** The request to a hook. Undefined members are left out. */
export interface HookQuestion {
  readonly type: HookName;
  readonly data: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
}

export type HookAnswer =
  | { readonly kind: "answered"; readonly answer: unknown }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Asks the app's backend with one signed POST (Standard Webhooks): 2 s, no retry, no redirect, and an answer
 * of at most 8 KiB. Only a 200 with JSON is an answer. A failure has a reason, but no content of the answer.
 */
export async function askHook(
  runtime: Runtime,
  target: WebhookTarget,
  { type, data }: HookQuestion,
): Promise<HookAnswer> {
  const timestamp = new Date(runtime.now()).toISOString();
  const message = { id: `hook_${randomNonce()}`, body: JSON.stringify({ type, timestamp, data }) };
  const ask = () => postSigned(runtime, target, message, limits);
  return readAnswer(await runtime.trace.hop("hook", ask));
}

function readAnswer(outcome: PostOutcome): HookAnswer {
  if (outcome.kind !== "answered") return { kind: "failed", reason: outcome.kind };
  const { status, body } = outcome;
  if (status >= 300 && status < 400) return { kind: "failed", reason: "redirected" };
  if (status !== 200) return { kind: "failed", reason: `status_${status}` };
  if (body === "too_large") return { kind: "failed", reason: "too_large" };
  try {
    return { kind: "answered", answer: decodeJson(body) };
  } catch {
    return { kind: "failed", reason: "malformed" };
  }
}
