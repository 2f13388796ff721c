// `npm run events` against a server that answers as the document's recorded examples say.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { main } from "../../src/cli/events-command.ts";
import { answerExamples, problemExample } from "../../src/openapi/examples.ts";

const key = `sk_${"a".repeat(43)}`;
const exampleOf = (operation: string) => {
  const example: unknown = Object.values(answerExamples(operation, 200) ?? {})[0];
  return (example as { value: object }).value;
};

/** The Worker, as far as the command asks it. Tells what it was asked. */
async function worker() {
  const asked: { request: string; authorization: string | undefined; body: string }[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url, headers } = request;
    const { authorization } = headers;
    asked.push({ request: `${method} ${url}`, authorization, body: await text(request) });
    if (authorization !== `Bearer ${key}`) {
      response.writeHead(401).end(JSON.stringify(problemExample("invalid_service_key")));
      return;
    }
    const operation = method === "POST" ? "retryDeadLetters" : "listDeadLetters";
    response.writeHead(200).end(JSON.stringify(exampleOf(operation)));
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { asked, url: `http://127.0.0.1:${port}` };
}

async function events(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  let [stdout, stderr] = ["", ""];
  const untouched = () => Promise.reject(new Error("wrangler is not called"));
  const exitCode = await main(args, env, {
    directory: "/nowhere",
    canAsk: false,
    hasColours: false,
    say: (line) => (stdout += `${line}\n`),
    complain: (line) => (stderr += `${line}\n`),
    wrangler: { run: untouched, show: untouched },
  });
  return { exitCode, stdout, stderr };
}

const withKey = { PHONEGATE_ADMIN_KEY: key };

describe("npm run events", () => {
  it("lists dead letters, one a line", async () => {
    const { asked, url } = await worker();
    const { exitCode, stdout } = await events(["--url", url], withKey);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^\d{4}-\S+Z {2}gone {8}session\.opened {10}evt_[\w-]{22} {2}occurred \S+Z\n$/,
    );
    expect(asked.map(({ request }) => request)).toEqual(["GET /v1/admin/events"]);
  });

  it("sends all of them once more, or those that are named", async () => {
    const { asked, url } = await worker();
    const all = await events(["--url", url, "--retry"], withKey);
    expect([all.exitCode, all.stdout]).toEqual([0, "1 sent once more, 0 left.\n"]);
    await events(["--url", url, "--retry", "--id", "evt_one", "--id", "evt_two"], withKey);
    expect(asked.map(({ request, body }) => [request, body])).toEqual([
      ["POST /v1/admin/events/retry", "{}"],
      ["POST /v1/admin/events/retry", '{"ids":["evt_one","evt_two"]}'],
    ]);
  });

  it("tells what the Worker refuses, and never the key", async () => {
    const { url } = await worker();
    const wrong = `sk_${"b".repeat(43)}`;
    const { exitCode, stdout, stderr } = await events(["--url", url], {
      PHONEGATE_ADMIN_KEY: wrong,
    });
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^401 \S/);
    expect(stderr).not.toContain(wrong);
  });

  it("says when nothing answers", async () => {
    const { exitCode, stderr } = await events(["--url", "http://127.0.0.1:1"], withKey);
    expect([exitCode, stderr]).toEqual([2, "http://127.0.0.1:1 did not answer.\n"]);
  });

  it.each([
    [[], {}, "PHONEGATE_ADMIN_KEY must be a service key"],
    [[], { PHONEGATE_ADMIN_KEY: "secret" }, "PHONEGATE_ADMIN_KEY must be a service key"],
    [["--url", "auth"], withKey, "--url must be"],
    [["--id", "evt_one"], withKey, "--id goes with --retry"],
    [["--key", key], withKey, "Unknown option '--key'"],
  ])("refuses %j", async (args, env, problem) => {
    const { exitCode, stdout, stderr } = await events(args, env);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(problem);
  });
});
