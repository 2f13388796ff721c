export interface StopSignals {
  /** Somebody wants us to stop. */
  readonly requested: Promise<void>;
  /** Somebody asked again and will not wait. */
  readonly insisted: Promise<void>;
}

/** npm passes Ctrl-C on although the terminal has sent it to the whole group: one press may arrive twice. */
const samePressMs = 500;
const parentCheckMs = 250;

/** What tells us to stop: the process itself, but in tests. */
interface SignalSource {
  on(signal: "SIGINT" | "SIGTERM" | "SIGHUP", listener: () => void): unknown;
}

/** Listens for Ctrl-C, SIGTERM and the terminal's end from now on. */
export function listenForStop(
  env: NodeJS.ProcessEnv,
  source: SignalSource = process,
  now: () => number = Date.now,
): StopSignals {
  const requested = Promise.withResolvers<void>();
  const insisted = Promise.withResolvers<void>();
  let firstAtMs: number | undefined;
  const ask = (): void => {
    firstAtMs ??= now();
    requested.resolve();
    if (now() - firstAtMs > samePressMs) insisted.resolve();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) source.on(signal, ask);
  // npm gives SIGTERM to the shell between us, which dies of it without telling us: our parent is then another one.
  if (env.npm_lifecycle_event !== undefined) onceOrphaned(requested.resolve);
  return { requested: requested.promise, insisted: insisted.promise };
}

function onceOrphaned(tell: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    tell();
  }, parentCheckMs);
  timer.unref();
}
