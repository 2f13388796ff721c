// The commands as `npm run` starts them, each in a process of its own. What they do in detail is
// tested in this process: setup, doctor (with deploy) and keys have files of their own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { byToken, deploymentFlags, Operator, type Run } from "./operator.ts";

const project = join(import.meta.dirname, "..", "..");

/** Starts a script of package.json in a folder. Nothing of the developer's own gets in. */
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
  // By the stdin of a real process: no argument has a secret in it.
  const { secrets, calls } = await operator.cloudflare();
  expect(secrets).toMatchObject(byToken);
  expect(calls).toContain("secret bulk --name phonegate");

  const looked = await npmRun("doctor", [...twin, "--json"], place);
  expect([looked.exitCode, looked.stderr]).toEqual([0, ""]);
  expect(JSON.parse(looked.stdout)).toMatchObject({ ok: true });

  // Without the credentials: it would ask Twilio itself, which no test reaches.
  const deployed = await npmRun("deploy", [], { from: operator.copy.directory });
  expect([deployed.exitCode, deployed.stderr]).toEqual([0, ""]);
  expect((await operator.cloudflare()).calls.at(-1)).toMatch(/^deploy --minify/);
});

it("npm run keys prints a key, and leaves the folder as it is", async () => {
  const cwd = await emptyFolder();
  const made = await npmRun("keys", ["pepper", "--version", "2"], { cwd });
  expect([made.exitCode, made.stderr]).toEqual([0, ""]);
  expect(made.stdout).toMatch(/^ +2:[\w-]{43}$/m);
  const refused = await npmRun("keys", ["pepper"], { cwd });
  expect([refused.exitCode, refused.stdout]).toEqual([1, ""]);
  expect(await readdir(cwd)).toEqual([]);
});

it("a command runs where the project's folder is reached by a link", async () => {
  const link = join(await emptyFolder(), "link");
  await symlink(project, link, "junction");
  const made = await npmRun("keys", ["pepper", "--version", "2"], { from: link });
  expect(made.stdout).toMatch(/^ +2:[\w-]{43}$/m);
});
