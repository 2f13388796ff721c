// The end of `npm start`, with a fake wrangler that starts quickly and behaves as each test needs.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ProjectCopy } from "./project-copy.ts";
import { RollCall } from "./roll-call.ts";
import { freePorts, refusesConnections, Started, type StartOptions } from "./started.ts";

// Like wrangler it starts a child that outlives it and holds its output open.
const family = ({ answer }: RollCall): string => `
  ${answer}
  const child = ${JSON.stringify(`${answer} setInterval(() => {}, 1000);`)};
  require("node:child_process").spawn(process.execPath, ["-e", child], { stdio: "inherit" });
`;
/** The number of processes: the Worker, the twin, and one child of each. */
const allProcesses = 4;
const server = `
  const port = Number(process.argv[process.argv.indexOf("--port") + 1]);
  const twin = process.argv.join(" ").includes("twin");
  console.log("[wrangler:info] noise");
  require("node:http").createServer((request, response) => {
    console.log(JSON.stringify({ event: request.url }));
    response.end("{}");
  }).listen(port, "127.0.0.1");
`;

async function startStandIn(
  wrangler: string,
  command?: StartOptions["command"],
): Promise<{ started: Started; ports: { PORT: string; TWIN_PORT: string } }> {
  const copy = await ProjectCopy.withStandIn(wrangler);
  const ports = await freePorts();
  const started = new Started(copy, { env: ports, ...(command && { command }) });
  return { started, ports };
}

const ready = "Ctrl-C stops both.";

describe.skipIf(process.platform !== "linux")("the end of a start", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s stops it with exit code 0, and no child or grandchild stays",
    async (signal) => {
      const roll = await RollCall.begin();
      const { started, ports } = await startStandIn(family(roll) + server);
      await started.waitForOutput(ready);
      await roll.counts(allProcesses);
      started.child.kill(signal);
      expect(await started.exitCode).toBe(0);
      await roll.counts(0);
      expect(await refusesConnections(ports.PORT)).toBe(true);
    },
  );

  it("one Ctrl-C that arrives twice, through the process group and through npm, is one stop", async () => {
    const roll = await RollCall.begin();
    const { started } = await startStandIn(family(roll) + server);
    await started.waitForOutput(ready);
    await roll.counts(allProcesses);
    const group = started.child.pid ?? 0;
    process.kill(-group, "SIGINT");
    process.kill(-group, "SIGINT");
    expect(await started.exitCode).toBe(0);
    await roll.counts(0);
  });

  it("SIGTERM to npm stops it, although npm's shell does not pass the signal on", async () => {
    const roll = await RollCall.begin();
    const { started, ports } = await startStandIn(family(roll) + server, ["npm", "start"]);
    await started.waitForOutput(ready);
    await roll.counts(allProcesses);
    started.child.kill("SIGTERM");
    await started.closed;
    await roll.counts(0);
    expect(await refusesConnections(ports.PORT)).toBe(true);
  });

  it("children that ignore SIGTERM are killed after the grace period", async () => {
    const roll = await RollCall.begin();
    const { started } = await startStandIn(
      `process.on("SIGTERM", () => {}); ${family(roll)} ${server}`,
    );
    await started.waitForOutput(ready);
    await roll.counts(allProcesses);
    started.child.kill("SIGTERM");
    expect(await started.exitCode).toBe(0);
    await roll.counts(0);
  });

  it("a stop during the start has exit code 0 too", async () => {
    const roll = await RollCall.begin();
    const { started } = await startStandIn(`${family(roll)} setInterval(() => {}, 1000);`);
    await started.waitForOutput("Starting the Worker and the twin");
    await roll.counts(allProcesses);
    started.child.kill("SIGINT");
    expect(await started.exitCode).toBe(0);
    await roll.counts(0);
  });

  it("a crash of the Worker stops the twin, and the Worker's last output is printed once", async () => {
    const roll = await RollCall.begin();
    const { started } = await startStandIn(`
      ${family(roll)} ${server}
      if (!twin) setTimeout(() => { console.error("last output"); process.exit(7); }, 1000);
    `);
    expect(await started.exitCode).toBe(1);
    expect(started.output).toContain("The Worker ended with exit code 7. Both have been stopped.");
    expect(started.output.split("last output").length).toBe(2);
    await roll.counts(0);
  });

  it("a twin that cannot start is reported with its whole output, wrangler's own messages included", async () => {
    const { started } = await startStandIn(`
      ${server}
      if (twin) { console.log("[wrangler:info] about to fail"); process.exitCode = 3; process.exit(); }
    `);
    expect(await started.exitCode).toBe(1);
    expect(started.output).toContain("The twin ended with exit code 3");
    expect(started.output).toContain("about to fail");
  });

  it("prints the Worker's log unchanged and marks the twin's log", async () => {
    const { started } = await startStandIn(server);
    await started.waitForOutput('\n{"event":"/healthz"}\n');
    await started.waitForOutput('\ntwin: {"event":"/twin/ready"}\n');
    expect(started.output).not.toContain("noise");
  });

  it.each([
    ["--help", 0, "PORT=8797 TWIN_PORT=8798 npm start"],
    ["--prot=1", 1, "Unknown option '--prot'"],
  ])("with %s starts no process", async (option, exitCode, expected) => {
    const copy = await ProjectCopy.withStandIn(server);
    const script = join(copy.directory, "src", "cli", "start.ts");
    const started = new Started(copy, { command: [process.execPath, script, option] });
    expect(await started.exitCode).toBe(exitCode);
    expect(started.output).toContain(expected);
    expect(await readdir(copy.directory)).not.toContain(".dev.vars");
  });

  it("refuses an invalid port", async () => {
    const copy = await ProjectCopy.withStandIn(server);
    const started = new Started(copy, { env: { PORT: "70000" } });
    expect(await started.exitCode).toBe(1);
    expect(started.output).toContain('PORT must be a number from 1 to 65535, not "70000".');
  });
});
