import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { TailReader } from "../../src/cli/tail-lines.ts";

const event = {
  event: "verification.started",
  request_id: "2e5bfea9-f52b-40e2-8eb5-b632ddc96ee1",
  colo: "VIE",
  to: "+1•••••0123",
  country: "US",
  ms: 131,
  hops: { kv: 3, "twilio.verify": 104 },
  channel: "sms",
  purpose: "sign_in",
};
const line =
  "         verification.started         US  +1•••••0123    VIE    131 ms channel=sms purpose=sign_in [kv 3, twilio.verify 104] 2e5bfea9";

/** One request in the format of `wrangler tail --format json`. */
const invocation = (more: object = {}) => ({
  outcome: "ok",
  scriptName: "phonegate",
  exceptions: [],
  logs: [{ message: [JSON.stringify(event)], level: "log", timestamp: 1795347317123 }],
  eventTimestamp: 1795347317000,
  event: { request: { url: "https://auth.example.com/v1/verifications", method: "POST" } },
  ...more,
});

function read(lines: readonly string[], colours = false): string[] {
  const reader = new TailReader({ colours });
  const all = [...lines.flatMap((each) => reader.read(each)), ...reader.end()];
  return all.map((each) => each.text);
}
const pretty = (value: unknown) => JSON.stringify(value, null, 2).split("\n");

describe("the tail", () => {
  it("prints an event of the log in columns, also after a label", () => {
    expect(read([JSON.stringify(event)])).toEqual([line]);
    expect(read([`worker: ${JSON.stringify(event)}`])).toEqual([line]);
  });

  it("leaves the place of a time that there is none of empty", () => {
    const { event: name, ms: _, hops: __, ...rest } = { ...event, event: "guard.closed" };
    const [printed = ""] = read([JSON.stringify({ event: name, ...rest })]);
    expect(printed).not.toContain(" ms ");
    expect(printed.indexOf("channel=")).toBe(line.indexOf("channel="));
  });

  it("prints the events of a request that wrangler prints on many lines or on one line", () => {
    const timed = `11:35:17.123 ${line}`;
    expect(read(pretty(invocation()))).toEqual([timed]);
    expect(read([JSON.stringify(invocation())])).toEqual([timed]);
    expect(read([...pretty(invocation()), ...pretty(invocation())])).toEqual([timed, timed]);
  });

  it("prints the exception and the outcome of a failed request", () => {
    const more = {
      outcome: "exceededCpu",
      logs: [],
      exceptions: [{ name: "Error", message: "too slow", timestamp: 1 }],
    };
    expect(read(pretty(invocation(more)))).toEqual([
      "11:35:17.000 Error: too slow",
      "11:35:17.000 the request ended: exceededCpu",
    ]);
  });

  it.each([
    "⛅️ wrangler 4.155.0",
    "",
    "{ not json",
    '{"no":"event"}',
    "[1]",
    "twin: ready {really}",
  ])("prints %j unchanged", (foreign) => {
    expect(read([foreign])).toEqual([foreign]);
  });

  it("prints an incomplete object unchanged", () => {
    expect(read(["{", '  "logs": ['])).toEqual(["{", '  "logs": [']);
  });

  it("colours warnings and alerts only on a terminal", () => {
    const alert = JSON.stringify({ ...event, level: "alert" });
    const [coloured = ""] = read([alert], true);
    expect(coloured.startsWith("\u001B[31malert ")).toBe(true);
    expect(coloured.endsWith("\u001B[0m")).toBe(true);
    expect(read([alert])[0]).toMatch(/^alert .*[^m]$/);
    expect(read([JSON.stringify(event)], true)).toEqual([line]);
  });

  it("removes control sequences for the terminal", () => {
    const hostile = { ...event, channel: "\u001B[2Jsms\u0007" };
    expect(read([JSON.stringify(hostile)])).toEqual([line]);
    expect(read(["\u001B]0;title\u0007plain"])).toEqual(["plain"]);
  });

  it("reads its input with --stdin, and ends with it", async () => {
    const { stdout, exitCode } = await tail(
      ["--stdin"],
      `${JSON.stringify(event)}\nanother line\n`,
    );
    expect(stdout).toBe(`${line}\nanother line\n`);
    expect(exitCode).toBe(0);
  });

  it.each([
    ["--help", 0, "stdout"],
    ["--search", 2, "stderr"],
    ["--search --stdin", 2, "stderr"],
    ["--stdin --status error", 2, "stderr"],
  ])("%s prints the usage", async (args, exitCode, where) => {
    const run = await tail(args.split(" "), "");
    expect([run.exitCode, run[where]]).toEqual([
      exitCode,
      expect.stringContaining("npm run tail -- --search 2671"),
    ]);
  });
});

/** Starts the tail as `npm run tail` does. */
async function tail(args: readonly string[], input: string) {
  const command = join(import.meta.dirname, "../../src/cli/tail.ts");
  const child = spawn(process.execPath, [command, ...args]);
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const code = new Promise((resolve) => child.on("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stdout, stderr, exitCode: await code } as Record<string, unknown>;
}
