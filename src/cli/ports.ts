import { createServer } from "node:net";

export interface Ports {
  readonly worker: number;
  readonly twin: number;
  /** True when TWIN_PORT was set, so that it is a wish and not our default. */
  readonly twinIsChosen: boolean;
}

export type PortVariable = "PORT" | "TWIN_PORT";

/** The ports that the environment asks for, or a sentence on what is wrong with it. */
export function readPorts(env: NodeJS.ProcessEnv): Ports | string {
  const worker = readPort(env, "PORT", 8787);
  const twin = readPort(env, "TWIN_PORT", 8788);
  if (typeof worker === "string") return worker;
  if (typeof twin === "string") return twin;
  if (worker === twin)
    return `The Worker and the twin cannot share port ${worker}: set PORT or TWIN_PORT to another one.`;
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

/** A sentence on why nothing can listen on this port of the address, or undefined when it is free. */
export async function portProblem(
  name: PortVariable,
  port: number,
  address = "127.0.0.1",
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once("error", (error: NodeJS.ErrnoException) => {
    const reason =
      error.code === "EADDRINUSE" ? "is taken by another program" : `is no use (${error.message})`;
    resolve(`Port ${port} ${reason}: set ${name} to another one.`);
  });
  server.listen({ host: address, port, exclusive: true }, () =>
    server.close(() => resolve(undefined)),
  );
  return promise;
}
