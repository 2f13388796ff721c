import type { Answer, BrokenBody } from "./answer.ts";

/** Waits; rejects with the signal's reason when the caller gives up first. */
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

/** The answer as bytes, with what went wrong on the way. */
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
  // A proxy's page comes with 200 however the call ended, unless an error was asked for.
  const page = "<!doctype html><title>Be right back</title><h1>Be right back</h1>";
  return new Response(page, { status: status < 300 ? 200 : status, headers });
}

/** Long enough for a proxy to pass the headers on; broken at once, wrangler answers a whole 500. */
const RESET_AFTER_MS = 60;

/** The headers and the first bytes arrive, then the connection is gone. */
function breakingStream(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      setTimeout(() => controller.error(new TypeError("terminated")), RESET_AFTER_MS);
    },
  });
}
