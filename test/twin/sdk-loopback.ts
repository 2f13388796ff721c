import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import twilio from "twilio";
import type { Twin } from "../../src/twin/twin.ts";

/** The SDK's own HTTP client with another origin. */
export class LoopbackClient extends twilio.RequestClient {
  readonly #origin: string;

  constructor(origin: string) {
    super({ keepAlive: false });
    this.#origin = origin;
  }

  override request<T>(
    options: Parameters<typeof twilio.RequestClient.prototype.request<T>>[0],
  ): ReturnType<typeof twilio.RequestClient.prototype.request<T>> {
    const { pathname, search } = new URL(options.uri);
    return super.request<T>({ ...options, uri: this.#origin + pathname + search });
  }
}

/** Serves the twin on a real socket of 127.0.0.1, so that the test covers the SDK's real bytes. */
export async function listen(twin: Twin): Promise<{ origin: string; close: () => Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    toRequest(incoming)
      .then((request) => twin.fetch(request))
      .then(async (answer) => {
        outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
        return outgoing.end(Buffer.from(await answer.arrayBuffer()));
      })
      .catch((error: Error) => outgoing.destroy(error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.close();
      await once(server, "close");
    },
  };
}

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
  const { method = "GET", url = "/" } = incoming;
  const body = method === "POST" ? { body: Buffer.concat(chunks) } : {};
  return new Request(`http://${incoming.headers.host}${url}`, { method, headers, ...body });
}
