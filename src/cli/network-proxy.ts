import { once } from "node:events";
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";

/** Ends the proxy and its connections. */
export type CloseProxy = () => Promise<void>;

/**
 * The path of wrangler's tools. They show the stored state of every Worker on this machine,
 * including the twin.
 */
const toolPath = /^\/cdn-cgi(\/|$)/i;

/**
 * Opens a reverse proxy from one address of this machine to the Worker on 127.0.0.1. It refuses
 * requests with another `Host` (DNS rebinding) and requests for wrangler's tools. It removes
 * headers that wrangler trusts. Rejects if the address cannot be listened on.
 */
export async function openProxy(address: string, port: number): Promise<CloseProxy> {
  const host = `${address}:${port}`;
  const server = createServer((request, response) => {
    if (isForWorker(request, host)) forward(request, response, port);
    else response.writeHead(403, { "Content-Type": "text/plain" }).end("Refused by npm start.\n");
  });
  server.listen({ host: address, port, exclusive: true });
  await once(server, "listening");
  return async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
}

function isForWorker({ url = "", headers }: IncomingMessage, host: string): boolean {
  if (headers.host !== host || !url.startsWith("/")) return false;
  // Builds the URL as the Worker does, so that `..` and backslashes are normalised before the
  // check.
  return (
    URL.canParse(`http://${host}${url}`) && !toolPath.test(new URL(`http://${host}${url}`).pathname)
  );
}

function forward(request: IncomingMessage, response: ServerResponse, port: number): void {
  const { method, url, headers, socket } = request;
  const own = Object.entries(headers).filter(([name]) => !/^(mf-|x-forwarded-)/.test(name));
  const onward = ask({
    host: "127.0.0.1",
    port,
    method,
    path: url,
    headers: { ...Object.fromEntries(own), "cf-connecting-ip": socket.remoteAddress },
  });
  onward.once("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.once("error", () => {
    if (!response.headersSent) response.writeHead(502);
    response.end();
  });
  response.once("close", () => onward.destroy());
  request.pipe(onward);
}
