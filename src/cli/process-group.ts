import { spawn, type ChildProcess } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

const windows = process.platform === "win32";

/**
 * Options for `spawn`: the child leads its own process group, so that it can be ended together with
 * its own children.
 */
export const ownGroup = { detached: !windows, windowsHide: true } as const;

interface EndTimes {
  /** Milliseconds that a child has to end by itself before it is killed. */
  readonly graceMs: number;
  /** Milliseconds that the system has to end a killed group. */
  readonly killMs: number;
}
const defaultEndTimes: EndTimes = { graceMs: 5_000, killMs: 1_500 };

/**
 * Ends a child and everything that it started. If `force` resolves, the child is killed at once.
 */
export async function endGroup(
  child: Pick<ChildProcess, "pid" | "kill">,
  exited: Promise<unknown>,
  force: Promise<unknown>,
  { graceMs, killMs }: EndTimes = defaultEndTimes,
): Promise<void> {
  if (child.pid === undefined) return;
  if (windows) {
    await killTree(child.pid);
  } else {
    signalGroup(child.pid, "SIGTERM");
    await Promise.race([exited, force, delay(graceMs, undefined, { ref: false })]);
    // Needed even if the child ended normally: wrangler leaves esbuild behind, and a killed
    // wrangler leaves workerd.
    killGroup(child);
    const deadline = Date.now() + killMs;
    while ((await isRunning(child.pid)) && Date.now() < deadline) await delay(20);
  }
  await exited;
}

/** Kills the group at once, without waiting. Used when this process itself is about to end. */
export function killGroup(child: Pick<ChildProcess, "pid" | "kill">): void {
  if (child.pid === undefined) return;
  if (windows) child.kill();
  else signalGroup(child.pid, "SIGKILL");
}

/**
 * Whether a process of the group still runs. A zombie counts as ended: its parent has not collected
 * its exit code, and a container's first process may do that late or never.
 */
async function isRunning(leader: number): Promise<boolean> {
  if (!signalGroup(leader, 0)) return false;
  if (process.platform !== "linux") return true;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")),
  );
  // proc(5): pid (name) state parent group …; the name may hold any character.
  return stats.some((stat) => {
    const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(group) === leader && state !== "Z";
  });
}

/** Sends a signal to the group. Returns false if the group has no process left. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    // ESRCH: no process is left. EPERM: macOS reports it for a group of zombies.
    return false;
  }
}

/** taskkill finds children through their parent, so it must run before the parent ends. */
async function killTree(leader: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const taskkill = spawn("taskkill", ["/PID", `${leader}`, "/T", "/F"], { stdio: "ignore" });
  taskkill.once("error", () => resolve());
  taskkill.once("exit", () => resolve());
  await promise;
}
