// Runs the commands of the developers' page as they are written. Only the address and the ports are
// replaced. Worker and twin are real.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { commandsOf } from "./documented-commands.ts";
import { ProjectCopy } from "./project-copy.ts";
import { freePorts, Started } from "./started.ts";

/** `npm run doctor` as npm runs it. */
async function doctor(copy: ProjectCopy): Promise<{ exitCode: number; output: string }> {
  const script = join(copy.directory, "src", "cli", "doctor", "doctor-command.ts");
  const env = { PATH: process.env.PATH, HOME: copy.directory };
  const run = promisify(execFile)(process.execPath, [script], { cwd: copy.directory, env });
  return run.then(
    ({ stdout }) => ({ exitCode: 0, output: stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ exitCode: code, output: stdout }),
  );
}

it.skipIf(process.platform !== "linux")(
  "the commands of the laptop page work as they are written",
  async () => {
    const [start = "", ...others] = commandsOf("laptop.md");
    const [, host] = /^npm start -- --host (\S+)$/.exec(start) ?? [];
    expect(host).toBe("192.168.1.20");
    expect(others).toEqual(["npm run doctor", "npm run doctor -- --production"]);

    const copy = await ProjectCopy.create();
    const ports = await freePorts();
    const command = [process.execPath, join(copy.directory, "src", "cli", "start.ts")] as const;
    const started = new Started(copy, { env: ports, command: [...command, "--host", "127.0.0.4"] });
    await started.waitForOutput("Ctrl-C stops both.");
    const page = await fetch(`http://127.0.0.4:${ports.PORT}/`);
    expect(await page.text()).toContain("<phonegate-sign-in");

    const running = await doctor(copy);
    expect(running).toEqual({
      exitCode: 0,
      output: expect.stringContaining("0 failures, 0 warnings."),
    });
    expect(running.output).toContain("Checking wrangler.toml and .dev.vars");
    expect(running.output).toMatch(/ALLOWED_ORIGINS +unset: pages of this machine may call/);
    const inbox = await fetch(`http://127.0.0.1:${ports.TWIN_PORT}/inbox.json`);
    expect(await inbox.json()).toEqual([]);

    started.child.kill("SIGTERM");
    await started.exitCode;
    const alone = await doctor(copy);
    expect(alone.exitCode).toBe(1);
    expect(alone.output).toMatch(/✗ Credentials .+\n +→ Start the twin with `npm start`/);
  },
);
