import { readCapped } from "./read-capped.ts";
import { webhookHeaders, type WebhookSecrets } from "./standard-webhooks.ts";

/** The operator's webhook address, and the secrets that sign requests to it. */
export interface WebhookTarget {
  readonly url: string;
  readonly secrets: WebhookSecrets;
}

export type PostOutcome =
  /** A redirect is also an answer. It is not followed. */
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly body: Uint8Array | "too_large";
    }
  | { readonly kind: "timeout" }
  | { readonly kind: "network" };

/**
 * Sends one signed POST with JSON (Standard Webhooks), without a retry. It follows no redirect, and reads
 * at most `maxBytes` of the answer. `timeoutMs` also covers the answer's body. Never rejects.
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
  // The time-out also applies if `fetch` ignores its signal.
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
