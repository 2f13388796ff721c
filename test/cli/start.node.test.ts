// A real start: a copy of the project, the real wrangler, Worker and twin, and Linux processes.
import { appendFile, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { devVarsText } from "../../src/cli/dev-vars.ts";
import { createFreshKeys } from "../../src/cli/keys.ts";
import { problemTypes } from "../../src/problem.ts";
import { ProjectCopy } from "./project-copy.ts";
import { freePorts, listen, refusesConnections, Started } from "./started.ts";

const ready = "Ctrl-C stops both.";

async function sendCode(port: string, to = "+12015550123"): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/v1/verifications`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ to }),
  });
}

async function inbox(twinPort: string): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${twinPort}/inbox.json?to=+12015550123`);
  return answer.json();
}

/** The ports on which something listens at the address, which is written as the kernel does. */
async function portsAt(address: string): Promise<string[]> {
  const table = await readFile("/proc/net/tcp", "utf8");
  const listening = table.matchAll(new RegExp(`: ${address}:(\\w{4}) \\w+:\\w+ 0A `, "g"));
  return [...listening].map(([, port = ""]) => `${Number.parseInt(port, 16)}`);
}

async function expectNothingLeft(
  started: Started,
  ports: { PORT: string; TWIN_PORT: string },
): Promise<void> {
  expect(started.processes()).toEqual([]);
  expect(await refusesConnections(ports.PORT)).toBe(true);
  expect(await refusesConnections(ports.TWIN_PORT)).toBe(true);
}

describe.skipIf(process.platform !== "linux")("npm start", () => {
  it("starts from an empty clone, shows a code in the twin, and leaves no process when it is stopped", async () => {
    const copy = await ProjectCopy.create();
    const ports = await freePorts();
    const started = new Started(copy, { env: ports });
    await started.waitForOutput(ready);

    expect(started.output).toContain(`http://127.0.0.1:${ports.PORT}/v1/verifications`);
    expect(started.output).toContain(`'http://127.0.0.1:${ports.TWIN_PORT}/inbox.json?to=+1`);
    expect((await stat(join(copy.directory, ".dev.vars"))).mode & 0o777).toBe(0o600);
    expect((await fetch(`http://127.0.0.1:${ports.PORT}/healthz`)).status).toBe(200);
    expect((await sendCode(ports.PORT)).status).toBe(201);
    expect(await inbox(ports.TWIN_PORT)).toEqual([
      expect.objectContaining({ to: "+12015550123", code: expect.stringMatching(/^\d{6}$/) }),
    ]);
    // The Worker's log line is printed unchanged. wrangler's request log is not printed.
    await started.waitForOutput('{"event":');
    expect(started.output).not.toContain("wrangler:info");
    expect(started.output).not.toContain("env.TWILIO_BASE_URL");

    // The twin reports that this number fails on purpose.
    expect((await sendCode(ports.PORT, "+12015550163")).status).toBe(422);
    await started.waitForOutput("twin: +12015550163 fails on purpose: Blocked by Verify.");

    // The issuer is the same under every name of the Worker, and pages of every local port are
    // allowed.
    const page = { Origin: "http://localhost:8943" };
    const config = await fetch(`http://localhost:${ports.PORT}/v1/config`, { headers: page });
    expect(config.headers.get("Access-Control-Allow-Origin")).toBe(page.Origin);
    const unknown = await fetch(`http://localhost:${ports.PORT}/nothing`);
    expect(await unknown.json()).toMatchObject({
      type: `http://127.0.0.1:${ports.PORT}/problems/not_found`,
    });
    await appendFile(join(copy.directory, ".dev.vars"), "\nAPP_NAME=Shop\n");
    await started.waitForOutput(".dev.vars has changed: stop with Ctrl-C and start again.");

    const workerds = started.processes().filter((one) => /workerd serve/.test(one.commandLine));
    expect(workerds.length).toBeGreaterThanOrEqual(2);
    started.child.kill("SIGTERM");
    expect(await started.exitCode).toBe(0);
    await expectNothingLeft(started, ports);
    expect(await readdir(join(copy.directory, ".wrangler", "tmp"))).toEqual([]);
  });

  it("keeps an existing .dev.vars and uses the twin's port from TWIN_PORT", async () => {
    const copy = await ProjectCopy.create();
    const written = devVarsText(await createFreshKeys(), "http://127.0.0.1:9");
    await copy.write(".dev.vars", written);
    const ports = await freePorts();
    const started = new Started(copy, { env: ports });
    await started.waitForOutput(ready);
    expect(started.output).toContain(
      `The Worker calls the twin at http://127.0.0.1:${ports.TWIN_PORT}, because TWIN_PORT is set`,
    );
    expect((await sendCode(ports.PORT)).status).toBe(201);
    expect(await inbox(ports.TWIN_PORT)).not.toEqual([]);
    expect(await copy.read(".dev.vars")).toBe(written);
  });

  it("as npm run dev shows each request, and reloads when a file of the Worker changes", async () => {
    const copy = await ProjectCopy.create();
    const ports = await freePorts();
    const { scripts } = JSON.parse(await copy.read("package.json")) as {
      scripts: Record<string, string>;
    };
    const [, script = "", ...options] = scripts.dev?.split(" ") ?? [];
    const command = [process.execPath, join(copy.directory, script), ...options] as const;
    const started = new Started(copy, { env: ports, command });
    await started.waitForOutput(ready);
    const titleOfNothing = async () => {
      const answer = await fetch(`http://127.0.0.1:${ports.PORT}/nothing`);
      const problem: { title: string } = await answer.json();
      return problem.title;
    };
    const { title } = problemTypes.not_found;
    expect(await titleOfNothing()).toBe(title);
    await started.waitForOutput("GET /nothing 404 Not Found");
    expect((await sendCode(ports.PORT)).status).toBe(201);
    await started.waitForOutput("POST /v1/verifications 201 Created");
    expect(started.output).not.toContain("wrangler:info");

    const problems = await copy.read("src/problem.ts");
    await copy.write("src/problem.ts", problems.replace(title, "A new title"));
    await started.waitForOutput("Reloaded.");
    expect(await titleOfNothing()).toBe("A new title");
  });

  it("with --host also answers at another address of this machine, without wrangler's tools; the twin stays", async () => {
    const copy = await ProjectCopy.create();
    const ports = await freePorts();
    const written = devVarsText(await createFreshKeys(), `http://127.0.0.1:${ports.TWIN_PORT}`);
    const listed = "https://app.example.com";
    await copy.write(".dev.vars", `${written}ALLOWED_ORIGINS=${listed}\n`);
    const command = [process.execPath, join(copy.directory, "src", "cli", "start.ts")] as const;
    const started = new Started(copy, { env: ports, command: [...command, "--host", "127.0.0.3"] });
    await started.waitForOutput(ready);
    const there = `http://127.0.0.3:${ports.PORT}`;
    expect(started.output).toContain(there);
    expect(started.output).not.toContain("OPEN TO THE LOCAL NETWORK");

    expect((await fetch(`${there}/`)).status).toBe(200);
    const unknown = await fetch(`${there}/nothing`);
    expect(await unknown.json()).toMatchObject({
      type: `http://127.0.0.1:${ports.PORT}/problems/not_found`,
    });
    // What is listed stays listed beside it.
    for (const Origin of [listed, there, "http://127.0.0.3:5173"]) {
      const config = await fetch(`${there}/v1/config`, { headers: { Origin } });
      expect(config.headers.get("Access-Control-Allow-Origin")).toBe(Origin);
    }
    const tool = "/cdn-cgi/local/explorer/api/local/workers";
    expect((await fetch(`http://127.0.0.1:${ports.PORT}${tool}`)).status).toBe(200);
    expect((await fetch(there + tool)).status).toBe(403);
    await expect(fetch(`http://127.0.0.3:${ports.TWIN_PORT}/`)).rejects.toThrow();
    // Wrangler's own servers stay where they were.
    expect(await portsAt("0300007F")).toEqual([ports.PORT]);

    started.child.kill("SIGTERM");
    expect(await started.exitCode).toBe(0);
    await expect(fetch(there)).rejects.toThrow();
    await expectNothingLeft(started, ports);
  });

  it("prints the build error of the Worker, and stops the twin", async () => {
    const copy = await ProjectCopy.create();
    const ports = await freePorts();
    await copy.write("src/index.ts", "export default { fetch(");
    const started = new Started(copy, { env: ports });
    expect(await started.exitCode).toBe(1);
    expect(started.output).toContain("The Worker ended with exit code 1");
    expect(started.output).toContain("src/index.ts:1:23");
    await expectNothingLeft(started, ports);
  });

  it("names wrong settings and continues, and stops when the twin is killed", async () => {
    const copy = await ProjectCopy.create();
    const ports = await freePorts();
    await copy.write(".dev.vars", `TWILIO_BASE_URL=http://127.0.0.1:${ports.TWIN_PORT}\n`);
    const started = new Started(copy, { env: ports });
    await started.waitForOutput(ready);
    expect(started.output).toContain("it cannot work with these settings");
    expect(started.output).toMatch(/- .*SIGNING_KEYS/);
    expect((await fetch(`http://127.0.0.1:${ports.PORT}/healthz`)).status).toBe(503);

    const twins = started
      .processes()
      .filter(({ commandLine }) => /wrangler\.js .*twin/.test(commandLine));
    expect(twins.length).toBe(1);
    for (const { pid } of twins) process.kill(pid, "SIGKILL");
    expect(await started.exitCode).toBe(1);
    expect(started.output).toContain("The twin was ended by SIGKILL. Both have been stopped.");
    await expectNothingLeft(started, ports);
  });

  it.each(["PORT", "TWIN_PORT"] as const)(
    "names %s if its port is used, and neither writes a file nor starts a process",
    async (variable) => {
      const copy = await ProjectCopy.create();
      const ports = await freePorts();
      const other = await listen(Number(ports[variable]));
      onTestFinished(other.close);
      const started = new Started(copy, { env: ports });
      expect(await started.exitCode).toBe(1);
      expect(started.output).toContain(
        `Port ${ports[variable]} is used by another program: set ${variable} to another port.`,
      );
      expect(await readdir(copy.directory)).not.toContain(".dev.vars");
    },
  );
});
