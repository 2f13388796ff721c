export interface StopSignals {
  /** Resolves when this process is asked to stop. */
  readonly requested: Promise<void>;
  /** Resolves when it is asked again, so that it stops at once. */
  readonly insisted: Promise<void>;
}

/**
 * One Ctrl-C may arrive twice within this time: from the terminal, which signals the whole group,
 * and from npm.
 */
const samePressMs = 500;
const parentCheckMs = 250;

/** The source of signals: the process itself, or a fake in tests. */
interface SignalSource {
  on(signal: "SIGINT" | "SIGTERM" | "SIGHUP", listener: () => void): unknown;
}

/** Listens for Ctrl-C, SIGTERM and the end of the terminal. */
export function listenForStop(
  env: NodeJS.ProcessEnv,
  source: SignalSource = process,
  now: () => number = Date.now,
): StopSignals {
  const requested = Promise.withResolvers<void>();
  const insisted = Promise.withResolvers<void>();
  let firstAtMs: number | undefined;
  const requestStop = (): void => {
    firstAtMs ??= now();
    requested.resolve();
    if (now() - firstAtMs > samePressMs) insisted.resolve();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) source.on(signal, requestStop);
  // npm sends SIGTERM to the shell between npm and this process. The shell dies without passing it
  // on, and this process then has a new parent.
  if (env.npm_lifecycle_event !== undefined) onceOrphaned(requested.resolve);
  return { requested: requested.promise, insisted: insisted.promise };
}

function onceOrphaned(requestStop: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    requestStop();
  }, parentCheckMs);
  timer.unref();
}
