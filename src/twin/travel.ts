import type { Answer, BrokenBody } from "./answer.ts";

/** Waits. Rejects with the signal's reason if the caller aborts first. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export const sleep: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    const giveUp = () => {
      clearTimeout(timer);
      const reason: unknown = signal.reason;
      reject(reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", giveUp);
      resolve();
    }, ms);
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
  });

/** Statuses whose answers must not have a body (Fetch standard, "null body status"). */
const NULL_BODY = new Set([204, 205, 304]);

/** Returns the HTTP response of an answer, broken if the answer says so. */
export function toResponse(answer: Answer, headers: Headers): Response {
  if (answer.broken) return brokenResponse(answer, answer.broken, headers);
  if (answer.body === null || NULL_BODY.has(answer.status)) {
    return new Response(null, { status: answer.status, headers });
  }
  headers.set("Content-Type", "application/json");
  return new Response(JSON.stringify(answer.body), { status: answer.status, headers });
}

function brokenResponse(answer: Answer, broken: BrokenBody, headers: Headers): Response {
  const text = JSON.stringify(answer.body ?? {});
  const half = text.slice(0, Math.ceil(text.length / 2));
  const status = NULL_BODY.has(answer.status) ? 200 : answer.status;
  headers.set("Content-Type", broken === "html" ? "text/html" : "application/json");
  if (broken === "truncated") return new Response(half, { status, headers });
  if (broken === "reset") return new Response(breakingStream(half), { status, headers });
  // A proxy's page has status 200, unless the fault names an error status.
  const page = "<!doctype html><title>Be right back</title><h1>Be right back</h1>";
  return new Response(page, { status: status < 300 ? 200 : status, headers });
}

/**
 * Long enough for a proxy to pass the headers on. Without this delay wrangler would answer a
 * complete 500.
 */
const RESET_AFTER_MS = 60;

/** A stream whose connection breaks after the headers and the first bytes. */
function breakingStream(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      setTimeout(() => controller.error(new TypeError("terminated")), RESET_AFTER_MS);
    },
  });
}
