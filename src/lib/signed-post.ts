import { readCapped } from "./read-capped.ts";
import { webhookHeaders, type WebhookSecrets } from "./standard-webhooks.ts";

/** An address of the operator, and what requests to it are signed with. */
export interface WebhookTarget {
  readonly url: string;
  readonly secrets: WebhookSecrets;
}

export type PostOutcome =
  /** A redirect is an answer too: it is not followed. */
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly body: Uint8Array | "too_large";
    }
  | { readonly kind: "timeout" }
  | { readonly kind: "network" };

/**
 * One signed POST of JSON (Standard Webhooks): one try, no redirect followed, at most `maxBytes` of
 * the answer read. The time limit of `timeoutMs` milliseconds covers the answer's body. Never rejects.
 *
 * @example
 * await postSigned(runtime, config.events, { id: "evt_…", body: "{}" }, { timeoutMs: 2000, maxBytes: 0 });
 */
export async function postSigned(
  outside: { readonly fetch: typeof fetch; readonly now: () => number },
  { url, secrets }: WebhookTarget,
  { id, body }: { readonly id: string; readonly body: string },
  { timeoutMs, maxBytes }: { readonly timeoutMs: number; readonly maxBytes: number },
): Promise<PostOutcome> {
  const atSeconds = Math.floor(outside.now() / 1000);
  const headers = {
    "Content-Type": "application/json",
    ...(await webhookHeaders(secrets, { id, atSeconds, body })),
  };
  const deadline = new AbortController();
  const { signal } = deadline;
  // A `fetch` that ignores its signal does not hold the answer.
  const expired = new Promise<PostOutcome>((resolve) =>
    signal.addEventListener("abort", () => resolve({ kind: "timeout" })),
  );
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    const init = { method: "POST", headers, body, redirect: "manual", signal } as const;
    return await Promise.race([post(outside.fetch, url, init, maxBytes), expired]);
  } finally {
    clearTimeout(timer);
    deadline.abort();
  }
}

async function post(
  fetch: typeof globalThis.fetch,
  url: string,
  init: RequestInit,
  maxBytes: number,
): Promise<PostOutcome> {
  try {
    const response = await fetch(url, init);
    const body = await readCapped(response.body, maxBytes);
    return { kind: "answered", status: response.status, body };
  } catch {
    return { kind: "network" };
  }
}
