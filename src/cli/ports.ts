import { createServer } from "node:net";

export interface Ports {
  readonly worker: number;
  readonly twin: number;
  /** True if TWIN_PORT was set. Then its value is not the default. */
  readonly twinIsChosen: boolean;
}

export type PortVariable = "PORT" | "TWIN_PORT";

/** Returns the ports from the environment, or a sentence that names the error. */
export function readPorts(env: NodeJS.ProcessEnv): Ports | string {
  const worker = readPort(env, "PORT", 8787);
  const twin = readPort(env, "TWIN_PORT", 8788);
  if (typeof worker === "string") return worker;
  if (typeof twin === "string") return twin;
  if (worker === twin)
    return `The Worker and the twin cannot share port ${worker}: set PORT or TWIN_PORT to another port.`;
  return { worker, twin, twinIsChosen: Boolean(env.TWIN_PORT) };
}

function readPort(env: NodeJS.ProcessEnv, name: PortVariable, byDefault: number): number | string {
  const text = env[name];
  if (text === undefined || text === "") return byDefault;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535
    ? port
    : `${name} must be a number from 1 to 65535, not ${JSON.stringify(text)}.`;
}

/**
 * Returns a sentence that explains why this port of 127.0.0.1 cannot be used, or undefined if it is
 * free.
 */
export async function portProblem(
  name: PortVariable,
  port: number,
  address = "127.0.0.1",
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once("error", (error: NodeJS.ErrnoException) => {
    const reason =
      error.code === "EADDRINUSE"
        ? "is used by another program"
        : `cannot be used (${error.message})`;
    resolve(`Port ${port} ${reason}: set ${name} to another port.`);
  });
  server.listen({ host: address, port, exclusive: true }, () =>
    server.close(() => resolve(undefined)),
  );
  return promise;
}
