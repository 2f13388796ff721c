import type { Change } from "./desk.ts";
import type { Message } from "./messaging/message.ts";

/** Proxies close a stream that is silent for long. */
const PING_EVERY_MS = 20_000;
/** A listener that does not read is dropped after this many unread events. */
const MAX_UNREAD = 200;

interface Listener {
  to: string | undefined;
  write: (text: string) => void;
}

/** Sends live updates to the phone's page as server-sent events. */
export interface Events {
  stream(to: string | undefined): Response;
  saved(change: Change): void;
  /** Reports a new status of a message. */
  status(message: Message): void;
  /** Reports that the state was reset. */
  reset(): void;
}

export function createEvents(): Events {
  const listeners = new Set<Listener>();
  const sendToAll = (what: "clock" | "faults" | "opt-outs" | "reset") => {
    for (const { write } of listeners) write(`event: ${what}\ndata: {}\n\n`);
  };
  const sendAbout = (what: "text" | "status", about: { to: string }) => {
    const text = `event: ${what}\ndata: ${JSON.stringify(about)}\n\n`;
    for (const { to, write } of listeners) if (to === undefined || to === about.to) write(text);
  };

  return {
    stream(to) {
      const headers = { "Content-Type": "text/event-stream", "Cache-Control": "no-store" };
      return new Response(listen(listeners, to), { headers });
    },
    saved({ texts, clock, faults, optOuts }) {
      for (const entry of texts) sendAbout("text", entry);
      if (clock) sendToAll("clock");
      if (faults) sendToAll("faults");
      if (optOuts) sendToAll("opt-outs");
    },
    status({ sid, to, status, errorCode }) {
      const about = { to, message_sid: sid, status, error_code: errorCode };
      sendAbout("status", about);
    },
    reset: () => sendToAll("reset"),
  };
}

function listen(listeners: Set<Listener>, to: string | undefined): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let listener: Listener | undefined;
  let ping: ReturnType<typeof setInterval> | undefined;
  const close = () => {
    clearInterval(ping);
    if (listener) listeners.delete(listener);
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const write = (text: string) => {
          if ((controller.desiredSize ?? 0) <= 0) return close();
          controller.enqueue(encoder.encode(text));
        };
        listener = { to, write };
        listeners.add(listener);
        ping = setInterval(() => write(": ping\n\n"), PING_EVERY_MS);
        // The first bytes make the browser report the stream as open.
        write("retry: 1000\n\n");
      },
      cancel: close,
    },
    { highWaterMark: MAX_UNREAD },
  );
}
