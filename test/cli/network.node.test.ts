// `npm start -- --host`: the addresses that it accepts, and the requests that it passes to the
// Worker.
import {
  createServer,
  request as ask,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { once } from "node:events";
import type { NetworkInterfaceInfo } from "node:os";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { hostProblem } from "../../src/cli/network-host.ts";
import { openProxy } from "../../src/cli/network-proxy.ts";
import { readStartOptions } from "../../src/cli/start-options.ts";

const info = (address: string, internal = false): NetworkInterfaceInfo => ({
  address,
  family: "IPv4",
  internal,
  netmask: "255.255.255.0",
  mac: "02:00:00:00:00:01",
  cidr: `${address}/24`,
});
const laptop = { lo: [info("127.0.0.1", true)], wlan0: [info("192.168.1.20")] };

const networkOf = (host: string, interfaces: Record<string, NetworkInterfaceInfo[]> = laptop) =>
  readStartOptions(["--host", host], interfaces);

describe("--host", () => {
  it("is loopback unless it is given", () => {
    for (const args of [[], ["--host", "127.0.0.1"], ["--host", "localhost"]])
      expect(readStartOptions(args, laptop)).toEqual({
        kind: "start",
        network: undefined,
        showsRequests: false,
      });
  });

  it("accepts an address of this machine, and knows whether other devices can reach it", () => {
    const taken = (address: string, isOpen: boolean) => ({
      kind: "start",
      network: { address, isOpen },
      showsRequests: false,
    });
    expect(networkOf("192.168.1.20")).toEqual(taken("192.168.1.20", true));
    expect(networkOf("127.0.0.2")).toEqual(taken("127.0.0.2", false));
  });

  it.each([
    "0.0.0.0",
    "192.168.1.21",
    "::",
    "laptop.local",
    "127.1",
    "127.0.0.256",
    "",
    "192.168.1.20:80",
  ])("refuses %j, and names this machine's addresses", (host) => {
    const problem = `--host must be an address of this machine, not "${host}": 192.168.1.20 (wlan0).`;
    expect(networkOf(host)).toEqual({ kind: "wrong", problem });
  });

  it("reports that this machine has no network", () => {
    const problem = "--host: this machine has no IPv4 address in a network.";
    expect(networkOf("192.168.1.20", { lo: laptop.lo })).toEqual({ kind: "wrong", problem });
  });

  it("is shown by --help, and by --host without a value, with this machine's own address", () => {
    const line = "npm start -- --host 192.168.1.20";
    expect(readStartOptions(["--help"], laptop)).toMatchObject({
      usage: expect.stringContaining(line),
    });
    expect(readStartOptions(["--host"], laptop)).toMatchObject({
      problem: expect.stringMatching(new RegExp(`argument missing[^]+${line}`)),
    });
  });
});

it("--host is refused with the real Twilio", () => {
  const open = { address: "192.168.1.20", isOpen: true };
  expect(hostProblem(open, { kind: "twilio" })).toMatch(/^--host works only with the twin/);
  expect(hostProblem(open, { kind: "twin" })).toBeUndefined();
  expect(hostProblem({ address: "127.0.0.2", isOpen: false }, { kind: "twilio" })).toBeUndefined();
});

interface Seen {
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Starts a fake Worker that records its requests, and the proxy in front of it. */
async function openBoth(): Promise<{ port: number; seen: Seen[]; close: () => Promise<void> }> {
  const seen: Seen[] = [];
  const note = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    seen.push({ url: request.url, headers: request.headers, body });
    response.writeHead(201, { "Set-Cookie": ["a=1", "b=2"], "X-Request-Id": "r1" });
    response.end(`heard ${body}`);
  };
  const worker = createServer((request, response) => void note(request, response));
  worker.listen(0, "127.0.0.1");
  await once(worker, "listening");
  onTestFinished(() => void worker.close());
  const address = worker.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  const close = await openProxy("127.0.0.2", address.port);
  onTestFinished(close);
  return { port: address.port, seen, close };
}

interface Asked {
  readonly path?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(port: number, { path = "/v1/config", host, headers }: Asked = {}) {
  const request = ask({
    host: "127.0.0.2",
    port,
    path,
    method: "POST",
    agent: false,
    headers: { host: host ?? `127.0.0.2:${port}`, ...headers },
  });
  request.end("hello");
  const [answer] = await once(request, "response");
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

describe("the address in the network", () => {
  it("passes a request to the Worker with its host and the caller's address, and returns the answer", async () => {
    const { port, seen } = await openBoth();
    const answer = await send(port, { path: "/v1/verifications?x=%20y" });
    expect(answer).toMatchObject({
      status: 201,
      body: "heard hello",
      headers: { "set-cookie": ["a=1", "b=2"], "x-request-id": "r1" },
    });
    expect(seen).toEqual([
      expect.objectContaining({ url: "/v1/verifications?x=%20y", body: "hello" }),
    ]);
    expect(seen[0]?.headers.host).toBe(`127.0.0.2:${port}`);
  });

  it("sets the caller's address itself, and removes headers that wrangler trusts", async () => {
    const { port, seen } = await openBoth();
    const headers = {
      "CF-Connecting-IP": "203.0.113.9",
      "MF-Original-URL": "http://127.0.0.1/cdn-cgi/local/explorer",
      "X-Forwarded-Proto": "https",
    };
    await send(port, { headers });
    expect(seen[0]?.headers["cf-connecting-ip"]).toMatch(/^127\./);
    expect(seen[0]?.headers).not.toHaveProperty("mf-original-url");
    expect(seen[0]?.headers).not.toHaveProperty("x-forwarded-proto");
  });

  it.each([
    "/cdn-cgi/local/explorer/api/local/workers",
    "/CDN-CGI/local/explorer",
    "/x/../cdn-cgi/local/explorer",
    "/x/%2e%2e/cdn-cgi/local/explorer",
    "/x\\..\\cdn-cgi/local/explorer",
    "http://127.0.0.2/cdn-cgi/local/explorer",
  ])("refuses the path %s of wrangler's tools, which show the twin's messages", async (path) => {
    const { port, seen } = await openBoth();
    expect((await send(port, { path })).status).toBe(403);
    expect(seen).toEqual([]);
  });

  it.each(["localhost", "127.0.0.1", "rebound.example", "127.0.0.2"])(
    "refuses the host %s, which a page under another name would send (DNS rebinding)",
    async (host) => {
      const { port, seen } = await openBoth();
      expect((await send(port, { host })).status).toBe(403);
      expect((await send(port, { host: `${host}:1` })).status).toBe(403);
      expect(seen).toEqual([]);
    },
  );

  it("stops listening when it is closed", async () => {
    const { port, close } = await openBoth();
    await send(port);
    await close();
    await expect(send(port)).rejects.toThrow("ECONNREFUSED");
  });
});
