import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as readText } from "node:stream/consumers";
import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  TWIN_ACCOUNT_SID,
  TWIN_AUTH_TOKEN,
  TWIN_FROM,
  TWIN_VERIFY_SERVICE_SID,
} from "../../src/twin/seed.ts";
import { freePort } from "../helpers/free-port.ts";
import { LoopbackClient } from "./sdk-loopback.ts";
import { startTwin, type DevServer } from "./wrangler-dev.ts";

const NUMBER = "+12015550123";
let port: number;
let folder: string;
let server: DevServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "twin-"));
  port = await freePort();
  server = await startTwin(port, folder);
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

function seeded() {
  const httpClient = new LoopbackClient(server.origin);
  const client = twilio(TWIN_ACCOUNT_SID, TWIN_AUTH_TOKEN, { httpClient });
  return client.verify.v2.services(TWIN_VERIFY_SERVICE_SID);
}
const get = (path: string) => fetch(server.origin + path);
/** Sends a request with another `Host`, as for a foreign name that resolves to this machine. */
async function getAs(host: string, path: string, headers: Record<string, string> = {}) {
  const request = httpRequest({ host: "127.0.0.1", port, path, headers: { ...headers, host } });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode, body: await readText(response) };
}
const post = (path: string, body: object) =>
  fetch(server.origin + path, { method: "POST", body: JSON.stringify(body) });
async function inbox(): Promise<{ to: string; code: string }[]> {
  const response = await get(`/inbox.json?to=${NUMBER}`);
  return response.json() as Promise<{ to: string; code: string }[]>;
}
async function started(to: string) {
  return fetch(`${server.origin}/v2/Services/${TWIN_VERIFY_SERVICE_SID}/Verifications`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${TWIN_ACCOUNT_SID}:${TWIN_AUTH_TOKEN}`)}` },
    body: new URLSearchParams({ To: to, Channel: "sms" }),
  });
}

describe("under wrangler dev, in its Durable Object", () => {
  it("serves the phone without inline script, under a strict policy", async () => {
    const page = await get("/");
    expect(page.status).toBe(200);
    const policy = page.headers.get("Content-Security-Policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    const html = await page.text();
    const assets = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => String(path));
    expect(assets).toEqual(expect.arrayContaining(["/phone.css", "/phone.js"]));
    for (const path of [...assets, "/dom.js", "/levers.js", "/messaging.js", "/thread.js"]) {
      const asset = await get(path);
      expect(asset.status).toBe(200);
      const text = await asset.text();
      expect(text).not.toMatch(
        /innerHTML|insertAdjacentHTML|document\.write|https?:\/\/(?!www\.w3)/,
      );
    }
    expect(html).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*\ssrc=)/);
  });

  it.each([
    "rebound.example",
    "192.168.1.5",
    "localhost.rebound.example",
    "127.0.0.1.rebound.example",
  ])("refuses a request for the host %s before anything else, with any headers", async (host) => {
    await started(NUMBER);
    const own = { Authorization: `Basic ${btoa(`${TWIN_ACCOUNT_SID}:${TWIN_AUTH_TOKEN}`)}` };
    const paths = [
      "/inbox.json",
      "/",
      "/phone.js",
      "/nothing",
      `/v2/Services/${TWIN_VERIFY_SERVICE_SID}`,
    ];
    for (const path of paths)
      for (const headers of [{}, own, { "Sec-Fetch-Site": "same-origin" }]) {
        const answer = await getAs(`${host}:${port}`, path, headers);
        expect([path, answer]).toEqual([path, { status: 403, body: '{"error":"foreign_host"}' }]);
      }
  });

  it.each(["localhost", "127.0.0.1", "[::1]"])("answers for the host %s", async (host) => {
    for (const path of ["/inbox.json", "/", "/phone.js"])
      expect((await getAs(`${host}:${port}`, path)).status).toBe(200);
  });

  it("serves the official SDK, and the text is in the inbox", async () => {
    await post("/twin/reset", {});
    const { sid } = await seeded().verifications.create({ to: NUMBER, channel: "sms" });
    const [entry] = await inbox();
    expect(entry).toMatchObject({ to: NUMBER, verification_sid: sid });
    const code = entry?.code ?? "";
    const check = await seeded().verificationChecks.create({ to: NUMBER, code });
    expect(check).toMatchObject({ sid, status: "approved" });
  });

  it("accepts five of twenty parallel sends", async () => {
    await post("/twin/reset", {});
    const answers = await Promise.all(Array.from({ length: 20 }, () => started(NUMBER)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
  });

  it("sends a text to the phone's page at once", async () => {
    await post("/twin/reset", {});
    const hangUp = new AbortController();
    const url = `${server.origin}/events?to=${NUMBER}`;
    const response = await fetch(url, { signal: hangUp.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = String((await reader?.read())?.value);
    await started(NUMBER);
    while (!seen.includes("event: text")) seen += String((await reader?.read())?.value);
    expect(seen).toContain(`"to":"${NUMBER}"`);
    hangUp.abort();
  });

  it("sends a callback whose receiver calls the twin, and sends a late callback", async () => {
    await post("/twin/reset", {});
    await post("/twin/callbacks", { delay_ms: 500 });
    const hookPort = await freePort();
    const httpClient = new LoopbackClient(server.origin);
    const { messages } = twilio(TWIN_ACCOUNT_SID, TWIN_AUTH_TOKEN, { httpClient });
    const seen: unknown[] = [];
    const answer = async (request: IncomingMessage, response: ServerResponse) => {
      const parameters = Object.fromEntries(new URLSearchParams(await readText(request)));
      const { sid } = await messages(String(parameters.MessageSid)).fetch();
      const signature = String(request.headers["x-twilio-signature"]);
      const isSigned = twilio.validateRequest(TWIN_AUTH_TOKEN, signature, url, parameters);
      seen.push([sid, parameters.MessageStatus, isSigned]);
      response.writeHead(204).end();
    };
    const hook = createServer((request, response) => void answer(request, response));
    hook.listen(hookPort, "127.0.0.1");
    await once(hook, "listening");
    const url = `http://127.0.0.1:${hookPort}/hook?id=1`;
    const message = { to: NUMBER, from: TWIN_FROM, body: "482913" };
    const { sid } = await messages.create({ ...message, statusCallback: url });
    while (seen.length < 3) await new Promise((resolve) => setTimeout(resolve, 50));
    hook.close();
    expect(seen).toEqual(["queued", "sent", "delivered"].map((status) => [sid, status, true]));
    const { callbacks } = (await (await get("/twin/callbacks")).json()) as { callbacks: object[] };
    expect(callbacks.length).toBeGreaterThanOrEqual(2);
  });

  it("breaks the body after the headers, and serves the next call", async () => {
    const response = await started("+12015550171");
    expect(response.status).toBe(201);
    await expect(response.text()).rejects.toThrow();
    expect((await started("+12015550123")).status).toBe(201);
  });

  it("prints no stack trace for a call that it refuses before reading the body", async () => {
    const body = new URLSearchParams({ FriendlyName: "Shop", CodeLength: "6" });
    const wrong = { Authorization: `Basic ${btoa(`${TWIN_ACCOUNT_SID}:wrong`)}` };
    const refused = [
      await fetch(`${server.origin}/v2/Services`, { method: "POST", headers: wrong, body }),
      await fetch(`${server.origin}/nothing`, { method: "POST", body }),
      await fetch(`${server.origin}/twin/reset`, {
        method: "POST",
        headers: { Origin: "https://elsewhere.test" },
        body,
      }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([401, 404, 403]);
    // All output is complete when the server is stopped.
    await server.stop();
    const said = server.output();
    server = await startTwin(port, folder);
    expect(said).not.toContain("read from request stream");
  });

  it("keeps its state over a restart", async () => {
    await post("/twin/reset", {});
    await started(NUMBER);
    await post("/twin/clock", { advance_seconds: 60 });
    const before = await inbox();
    await server.stop();
    await expect(get("/twin/ready")).rejects.toThrow();
    server = await startTwin(port, folder);
    expect(await inbox()).toEqual(before);
    expect(await (await get("/twin/clock")).json()).toMatchObject({ advanced_seconds: 60 });
    const code = before[0]?.code ?? "";
    const check = await seeded().verificationChecks.create({ to: NUMBER, code });
    expect(check.status).toBe("approved");
  });

  it("stores a state of more than one row", async () => {
    await post("/twin/reset", {});
    const numbers = Array.from({ length: 120 }, (_, n) => `+1201556${String(1000 + n)}`);
    await Promise.all(numbers.map(started));
    const before = await (await get("/inbox.json")).text();
    expect(before.length).toBeGreaterThan(30_000);
    await server.stop();
    server = await startTwin(port, folder);
    expect(await (await get("/inbox.json")).text()).toBe(before);
  });
});
