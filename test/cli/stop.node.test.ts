// How a start ends, with a stand-in for wrangler that is quick and as stubborn as each test wants it.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ProjectCopy } from "./project-copy.ts";
import { RollCall } from "./roll-call.ts";
import { freePorts, refusesConnections, Started, type StartOptions } from "./started.ts";

// Like wrangler: a child of its own that outlives it and holds its output open.
const family = ({ answer }: RollCall): string => `
  ${answer}
  const child = ${JSON.stringify(`${answer} setInterval(() => {}, 1000);`)};
  require("node:child_process").spawn(process.execPath, ["-e", child], { stdio: "inherit" });
`;
/** The Worker, the twin, and a child of each. */
const all = 4;
const server = `
  const port = Number(process.argv[process.argv.indexOf("--port") + 1]);
  const twin = process.argv.join(" ").includes("twin");
  console.log("[wrangler:info] chatter");
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
    "%s is a wanted one: exit 0, and no child or grandchild is left",
    async (signal) => {
      const roll = await RollCall.begin();
      const { started, ports } = await startStandIn(family(roll) + server);
      await started.says(ready);
      await roll.counts(all);
      started.child.kill(signal);
      expect(await started.exitCode).toBe(0);
      await roll.counts(0);
      expect(await refusesConnections(ports.PORT)).toBe(true);
    },
  );

  it("Ctrl-C of a terminal, which reaches the whole group and twice through npm, is one wanted stop", async () => {
    const roll = await RollCall.begin();
    const { started } = await startStandIn(family(roll) + server);
    await started.says(ready);
    await roll.counts(all);
    const group = started.child.pid ?? 0;
    process.kill(-group, "SIGINT");
    process.kill(-group, "SIGINT");
    expect(await started.exitCode).toBe(0);
    await roll.counts(0);
  });

  it("SIGTERM for npm, whose shell keeps it from us, ends all the same", async () => {
    const roll = await RollCall.begin();
    const { started, ports } = await startStandIn(family(roll) + server, ["npm", "start"]);
    await started.says(ready);
    await roll.counts(all);
    started.child.kill("SIGTERM");
    await started.closed;
    await roll.counts(0);
    expect(await refusesConnections(ports.PORT)).toBe(true);
  });

  it("children that are deaf to SIGTERM are killed after the grace", async () => {
    const roll = await RollCall.begin();
    const { started } = await startStandIn(
      `process.on("SIGTERM", () => {}); ${family(roll)} ${server}`,
    );
    await started.says(ready);
    await roll.counts(all);
    started.child.kill("SIGTERM");
    expect(await started.exitCode).toBe(0);
    await roll.counts(0);
  });

  it("a stop during the start is a wanted one too", async () => {
    const roll = await RollCall.begin();
    const { started } = await startStandIn(`${family(roll)} setInterval(() => {}, 1000);`);
    await started.says("Starting the Worker and the twin");
    await roll.counts(all);
    started.child.kill("SIGINT");
    expect(await started.exitCode).toBe(0);
    await roll.counts(0);
  });

  it("a Worker that dies takes the twin with it, and its last words are printed once", async () => {
    const roll = await RollCall.begin();
    const { started } = await startStandIn(`
      ${family(roll)} ${server}
      if (!twin) setTimeout(() => { console.error("last words"); process.exit(7); }, 1000);
    `);
    expect(await started.exitCode).toBe(1);
    expect(started.output).toContain("The Worker ended with exit code 7, so both are stopped.");
    expect(started.output.split("last words").length).toBe(2);
    await roll.counts(0);
  });

  it("a twin that cannot start is reported with what it said, chatter included", async () => {
    const { started } = await startStandIn(`
      ${server}
      if (twin) { console.log("[wrangler:info] about to fail"); process.exitCode = 3; process.exit(); }
    `);
    expect(await started.exitCode).toBe(1);
    expect(started.output).toContain("The twin ended with exit code 3");
    expect(started.output).toContain("about to fail");
  });

  it("shows the Worker's log as it is and marks the twin's", async () => {
    const { started } = await startStandIn(server);
    await started.says('\n{"event":"/healthz"}\n');
    await started.says('\ntwin: {"event":"/twin/ready"}\n');
    expect(started.output).not.toContain("chatter");
  });

  it.each([
    ["--help", 0, "PORT=8797 TWIN_PORT=8798 npm start"],
    ["--prot=1", 1, "Unknown option '--prot'"],
  ])("with %s starts nothing", async (option, exitCode, told) => {
    const copy = await ProjectCopy.withStandIn(server);
    const script = join(copy.directory, "src", "cli", "start.ts");
    const started = new Started(copy, { command: [process.execPath, script, option] });
    expect(await started.exitCode).toBe(exitCode);
    expect(started.output).toContain(told);
    expect(await readdir(copy.directory)).not.toContain(".dev.vars");
  });

  it("refuses a port that is none", async () => {
    const copy = await ProjectCopy.withStandIn(server);
    const started = new Started(copy, { env: { PORT: "70000" } });
    expect(await started.exitCode).toBe(1);
    expect(started.output).toContain('PORT must be a number from 1 to 65535, not "70000".');
  });
});
