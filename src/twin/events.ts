import type { Change } from "./desk.ts";
import type { Message } from "./messaging/message.ts";

/** A proxy closes a stream that says nothing for long. */
const PING_EVERY_MS = 20_000;
/** A listener that does not read any more is dropped rather than remembered. */
const MAX_UNREAD = 200;

interface Listener {
  to: string | undefined;
  write: (text: string) => void;
}

/** Who watches the phone live, over server-sent events. */
export interface Events {
  stream(to: string | undefined): Response;
  saved(change: Change): void;
  /** A message has come one step further. */
  status(message: Message): void;
  /** All was forgotten. */
  reset(): void;
}

export function createEvents(): Events {
  const listeners = new Set<Listener>();
  const tell = (what: "clock" | "faults" | "opt-outs" | "reset") => {
    for (const { write } of listeners) write(`event: ${what}\ndata: {}\n\n`);
  };
  const tellOf = (what: "text" | "status", about: { to: string }) => {
    const text = `event: ${what}\ndata: ${JSON.stringify(about)}\n\n`;
    for (const { to, write } of listeners) if (to === undefined || to === about.to) write(text);
  };

  return {
    stream(to) {
      const headers = { "Content-Type": "text/event-stream", "Cache-Control": "no-store" };
      return new Response(listen(listeners, to), { headers });
    },
    saved({ texts, clock, faults, optOuts }) {
      for (const entry of texts) tellOf("text", entry);
      if (clock) tell("clock");
      if (faults) tell("faults");
      if (optOuts) tell("opt-outs");
    },
    status({ sid, to, status, errorCode }) {
      const about = { to, message_sid: sid, status, error_code: errorCode };
      tellOf("status", about);
    },
    reset: () => tell("reset"),
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
        // Sent at once, so that the browser sees the stream open.
        write("retry: 1000\n\n");
      },
      cancel: close,
    },
    { highWaterMark: MAX_UNREAD },
  );
}
