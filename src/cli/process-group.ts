import { spawn, type ChildProcess } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

const windows = process.platform === "win32";

/** Options for `spawn`: the child leads a group of its own, so that all it starts can be ended with it. */
export const ownGroup = { detached: !windows, windowsHide: true } as const;

interface Patience {
  /** How long a child may take to put its things away before it is killed. */
  readonly graceMs: number;
  /** How long the system may take to end a killed group. */
  readonly killMs: number;
}
const usualPatience: Patience = { graceMs: 5_000, killMs: 1_500 };

/** Ends a child and everything that it started. `force` cuts the grace short. */
export async function endGroup(
  child: Pick<ChildProcess, "pid" | "kill">,
  exited: Promise<unknown>,
  force: Promise<unknown>,
  { graceMs, killMs }: Patience = usualPatience,
): Promise<void> {
  if (child.pid === undefined) return;
  if (windows) {
    await killTree(child.pid);
  } else {
    signalGroup(child.pid, "SIGTERM");
    await Promise.race([exited, force, delay(graceMs, undefined, { ref: false })]);
    // Also after a good end: wrangler leaves esbuild, and a killed wrangler leaves workerd.
    killGroup(child);
    const deadline = Date.now() + killMs;
    while ((await isRunning(child.pid)) && Date.now() < deadline) await delay(20);
  }
  await exited;
}

/** The last resort, at once and without waiting: for the moment in which our own process ends. */
export function killGroup(child: Pick<ChildProcess, "pid" | "kill">): void {
  if (child.pid === undefined) return;
  if (windows) child.kill();
  else signalGroup(child.pid, "SIGKILL");
}

/**
 * Whether a process of the group runs. A zombie does not: it has ended, and its parent has not asked
 * how. The first process of a container may ask late or never.
 */
async function isRunning(leader: number): Promise<boolean> {
  if (!signalGroup(leader, 0)) return false;
  if (process.platform !== "linux") return true;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")),
  );
  // proc(5): pid (name) state parent group …; the name may hold anything.
  return stats.some((stat) => {
    const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(group) === leader && state !== "Z";
  });
}

/** False when the group has no process left. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    // ESRCH: nobody is left. EPERM: macOS says so of a group of zombies.
    return false;
  }
}

/** taskkill knows the children by their parents, so it must come before the parent ends. */
async function killTree(leader: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const taskkill = spawn("taskkill", ["/PID", `${leader}`, "/T", "/F"], { stdio: "ignore" });
  taskkill.once("error", () => resolve());
  taskkill.once("exit", () => resolve());
  await promise;
}
