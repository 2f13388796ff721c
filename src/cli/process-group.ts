import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

const windows = process.platform === "win32";

/** Options for `spawn`: the child leads a group of its own, so that all it starts can be ended with it. */
export const ownGroup = { detached: !windows, windowsHide: true } as const;

/** How long a child may take to put its things away before it is killed. */
const graceMs = 5_000;
/** How long the system may take to bury a killed group; where nothing reaps orphans, zombies stay for ever. */
const burialMs = 1_500;

/** Ends a child and everything that it started. `force` cuts the grace short. */
export async function endGroup(
  child: ChildProcess,
  exited: Promise<unknown>,
  force: Promise<unknown>,
  patienceMs = graceMs,
): Promise<void> {
  if (child.pid === undefined) return;
  if (windows) {
    await killTree(child.pid);
  } else {
    signalGroup(child.pid, "SIGTERM");
    await Promise.race([exited, force, delay(patienceMs, undefined, { ref: false })]);
    // Also after a good end: wrangler leaves esbuild, and a killed wrangler leaves workerd.
    killGroup(child);
    const deadline = Date.now() + burialMs;
    while (signalGroup(child.pid, 0) && Date.now() < deadline) await delay(20);
  }
  await exited;
}

/** The last resort, at once and without waiting: for the moment in which our own process ends. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (windows) child.kill();
  else signalGroup(child.pid, "SIGKILL");
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
