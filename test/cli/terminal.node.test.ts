// The output of `npm start` on the terminal, and the ways to stop it.
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { createWranglerNoiseFilter } from "../../src/cli/wrangler-noise.ts";
import { ChildOutput } from "../../src/cli/child-output.ts";
import { endGroup, ownGroup } from "../../src/cli/process-group.ts";
import { readyBlock, type Running } from "../../src/cli/ready-block.ts";
import { listenForStop } from "../../src/cli/stop-signals.ts";

const running: Running = {
  workerUrl: "http://127.0.0.1:8787",
  twinUrl: "http://127.0.0.1:8788",
  network: undefined,
  target: { kind: "twin" },
  createdDevVars: true,
  problems: [],
};

describe("the text after the start", () => {
  it("contains the two commands of the README", () => {
    const block = readyBlock(running).split("\n");
    expect(block).toContain(
      `  curl -s http://127.0.0.1:8787/v1/verifications -H 'content-type: application/json' -d '{"to":"+12015550123"}'`,
    );
    expect(block).toContain("  curl -s 'http://127.0.0.1:8788/inbox.json?to=+12015550123'");
  });

  it("says loudly what an address in the network opens, and what stays here", () => {
    const warned = "OPEN TO THE LOCAL NETWORK, without encryption, until Ctrl-C: ";
    const open = readyBlock({ ...running, network: { address: "192.168.1.20", isOpen: true } });
    expect(open).toContain(`${warned}http://192.168.1.20:8787\n`);
    expect(open).toContain("stays on this machine: http://127.0.0.1:8788\n");
    const local = readyBlock({ ...running, network: { address: "127.0.0.2", isOpen: false } });
    expect(local).toContain("http://127.0.0.2:8787");
    expect(local).not.toContain("OPEN");
    expect(readyBlock(running)).not.toContain("OPEN");
  });

  it.each([
    { kind: "twilio" },
    { kind: "elsewhere", configured: "http://127.0.0.1:9", local: true },
  ] as const)("tells the developer that the twin is not used ($kind)", (target) => {
    const block = readyBlock({ ...running, target });
    expect(block).toContain("The twin is running but not used.");
    expect(block).not.toContain("inbox.json");
  });
});

describe("wrangler's output", () => {
  it("is filtered line by line, except the Worker's log, errors and warnings", () => {
    const isNoise = createWranglerNoiseFilter();
    const shown = [
      "Using secrets defined in .dev.vars",
      "Your Worker has access to the following bindings:",
      "Binding                           Resource                  Mode",
      "env.LIMITS                        KV Namespace              local",
      '{"event":"early"}',
      "",
      "\u001B[2m⎔ Starting local server...\u001B[22m",
      "[wrangler:info] Ready on http://127.0.0.1:8787",
      "[wrangler:info] GET /healthz 200 OK (5ms)",
      '{"event":"verification.sent"}',
      "a developer's own line",
      "[wrangler:error] Error: boom",
      "    at Object.fetch (src/index.ts:6:36)",
      "[wrangler:warn] The Workers runtime crashed unexpectedly and is being restarted",
      "⎔ Reloading local server...",
      "\u001B[31m✘ \u001B[41;31m[ERROR]\u001B[0m Build failed",
    ].filter((line) => !isNoise(line));
    expect(shown).toEqual([
      '{"event":"early"}',
      '{"event":"verification.sent"}',
      "a developer's own line",
      "[wrangler:error] Error: boom",
      "    at Object.fetch (src/index.ts:6:36)",
      "[wrangler:warn] The Workers runtime crashed unexpectedly and is being restarted",
      "\u001B[31m✘ \u001B[41;31m[ERROR]\u001B[0m Build failed",
    ]);
  });

  it("shows each request and each reload where it is asked to, after the release alone", () => {
    const printed: string[] = [];
    const output = new ChildOutput((line) => printed.push(line), true);
    const say = output.sink("stdout");
    say("[wrangler:info] GET /healthz 200 OK (2ms)");
    output.release();
    for (const line of [
      "[wrangler:info] \u001B[1mPOST\u001B[22m /v1/verifications \u001B[32m201 Created\u001B[39m (35ms)",
      "[wrangler:info] Ready on http://127.0.0.1:8787",
      '{"event":"verification.started"}',
      "\u001B[2m⎔ Reloading local server...\u001B[22m",
      "⎔ Local server updated and ready",
      "[wrangler:error] GET / 500 Error",
    ])
      say(line);
    expect(printed).toEqual([
      "POST /v1/verifications 201 Created (35ms)",
      '{"event":"verification.started"}',
      "A file has changed: reloading …",
      "Reloaded.",
      "[wrangler:error] GET / 500 Error",
    ]);
  });

  it("is held back until the release, and each line is printed once", () => {
    const printed: string[] = [];
    const output = new ChildOutput((line) => printed.push(line));
    const say = output.sink("stdout");
    say("early");
    say("[wrangler:info] early noise");
    expect(printed).toEqual([]);
    expect(output.unseen()).toEqual(["early", "[wrangler:info] early noise"]);
    output.release();
    say("late");
    say("[wrangler:info] late noise");
    expect(printed).toEqual(["early", "late"]);
    expect(output.unseen()).toEqual(["[wrangler:info] late noise"]);
  });
});

/** Longer than the timeout of a test. */
const forEver = { graceMs: 3_600_000, killMs: 3_600_000 };

describe("a stop", () => {
  it("that is requested again happens at once, but one key press that arrives twice does not count as two", async () => {
    const source = new EventEmitter();
    let nowMs = 1_000;
    const stop = listenForStop({}, source, () => nowMs);
    let insisted = false;
    const noted = stop.insisted.then(() => (insisted = true));
    source.emit("SIGINT");
    source.emit("SIGINT");
    await stop.requested;
    expect(insisted).toBe(false);
    nowMs += 1_000;
    source.emit("SIGINT");
    await noted;
    expect(insisted).toBe(true);
  });

  it.skipIf(process.platform === "win32")(
    "that is requested again does not wait for a child that ignores signals",
    async () => {
      const deaf = spawn(
        process.execPath,
        ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')"],
        { ...ownGroup, stdio: ["ignore", "pipe", "ignore"] },
      );
      onTestFinished(() => void deaf.kill("SIGKILL"));
      const exited = once(deaf, "exit");
      await once(deaf.stdout, "data");
      // Without the second request the test would time out.
      await endGroup(deaf, exited, Promise.resolve(), forEver);
      expect(await exited).toEqual([null, "SIGKILL"]);
    },
  );

  it.skipIf(process.platform !== "linux")(
    "does not wait for a zombie, a process whose parent never collects its exit code",
    async () => {
      // A process group whose parent becomes a program that never collects exit codes.
      const script = `setsid sh -c 'echo $$; exec sleep 1000' & exec sleep 1000`;
      const parent = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
      onTestFinished(() => void parent.kill("SIGKILL"));
      const [line] = (await once(parent.stdout, "data")) as [Buffer];
      const child = { pid: Number(line), kill: () => false };
      await endGroup(child, Promise.resolve(), Promise.resolve(), forEver);
      expect(process.kill(-child.pid, 0), "the process is still a zombie").toBe(true);
    },
  );
});
