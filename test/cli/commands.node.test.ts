// Smoke tests of the commands, each started in its own process as `npm run` does. The tests of
// setup, doctor (with deploy) and keys run the commands in the test's process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { byToken, deploymentFlags, Operator, type Run } from "./operator.ts";

const project = join(import.meta.dirname, "..", "..");

/** Starts a script of package.json in a folder, without the developer's own environment. */
async function npmRun(
  name: string,
  args: readonly string[],
  { from = project, cwd = from, env = {} }: { from?: string; cwd?: string; env?: object } = {},
): Promise<Run> {
  const { scripts } = JSON.parse(await readFile(join(project, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const [program, script = "", ...rest] = scripts[name]?.split(" ") ?? [];
  expect([program, rest]).toEqual(["node", []]);
  const child = spawn(process.execPath, [join(from, script), ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? "", HOME: cwd, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { exitCode: child.exitCode, stdout, stderr };
}

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "phonegate-commands-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

it("npm run setup, doctor and deploy take a deployment from nothing to wrangler's deploy", async () => {
  const operator = await Operator.atClone();
  const place = { from: operator.copy.directory, env: byToken };
  const twin = ["--twilio-base-url", operator.twinOrigin];

  const set = await npmRun("setup", [...twin, ...deploymentFlags], place);
  expect([set.exitCode, set.stderr]).toEqual([0, ""]);
  // Secrets go through stdin: no argument contains one.
  const { secrets, calls } = await operator.cloudflare();
  expect(secrets).toMatchObject(byToken);
  expect(calls).toContain("secret bulk --name phonegate");

  const doctor = await npmRun("doctor", [...twin, "--json"], place);
  expect([doctor.exitCode, doctor.stderr]).toEqual([0, ""]);
  expect(JSON.parse(doctor.stdout)).toMatchObject({ ok: true });

  // Without credentials, because with them it would call the real Twilio.
  const deployed = await npmRun("deploy", [], { from: operator.copy.directory });
  expect([deployed.exitCode, deployed.stderr]).toEqual([0, ""]);
  expect((await operator.cloudflare()).calls.at(-1)).toMatch(/^deploy --minify/);
});

it("npm run keys prints a key and writes no file", async () => {
  const cwd = await emptyFolder();
  const made = await npmRun("keys", ["pepper", "--version", "2"], { cwd });
  expect([made.exitCode, made.stderr]).toEqual([0, ""]);
  expect(made.stdout).toMatch(/^ +2:[\w-]{43}$/m);
  const refused = await npmRun("keys", ["pepper"], { cwd });
  expect([refused.exitCode, refused.stdout]).toEqual([1, ""]);
  expect(await readdir(cwd)).toEqual([]);
});

it("a command runs in a project folder that is a symbolic link", async () => {
  const link = join(await emptyFolder(), "link");
  await symlink(project, link, "junction");
  const made = await npmRun("keys", ["pepper", "--version", "2"], { from: link });
  expect(made.stdout).toMatch(/^ +2:[\w-]{43}$/m);
});
