// `npm start` and `npm run dev`: runs the Worker and the Twilio twin, without an account and without a network.
import { unwatchFile, watchFile, type Stats } from "node:fs";
import { join } from "node:path";
import { defineBuild, readBuildName } from "./build-name.ts";
import { createDevVars, devVarsText, readDevVar } from "./dev-vars.ts";
import { createFreshKeys } from "./keys.ts";
import { hostProblem } from "./network-host.ts";
import { openProxy, type CloseProxy } from "./network-proxy.ts";
import { portProblem, readPorts, type Ports } from "./ports.ts";
import { readyBlock } from "./ready-block.ts";
import { firstAnswer, healthProblems } from "./ready.ts";
import { readStartOptions } from "./start-options.ts";
import { startVars } from "./start-vars.ts";
import { listenForStop } from "./stop-signals.ts";
import { judgeTwilioTarget } from "./twilio-target.ts";
import { WranglerDev } from "./wrangler-dev.ts";

const directory = join(import.meta.dirname, "..", "..");
const startMs = 120_000;

type Crash = { kind: "crashed"; child: WranglerDev; how: string };
type Ending = { kind: "wanted" } | Crash;

async function start(): Promise<number> {
  const options = readStartOptions(process.argv.slice(2));
  if (options.kind === "wrong") return refuse(options.problem);
  if (options.kind === "help") {
    console.log(options.usage);
    return 0;
  }
  const { network, showsRequests } = options;
  const stop = listenForStop(process.env);
  const ports = readPorts(process.env);
  if (typeof ports === "string") return refuse(ports);
  const taken =
    (await portProblem("PORT", ports.worker)) ??
    (network && (await portProblem("PORT", ports.worker, network.address))) ??
    (await portProblem("TWIN_PORT", ports.twin));
  if (taken !== undefined) return refuse(taken);

  const devVars = join(directory, ".dev.vars");
  const twinUrl = `http://127.0.0.1:${ports.twin}`;
  const createdDevVars = await createDevVars(
    devVars,
    devVarsText(await createFreshKeys(), twinUrl),
  );
  const target = judgeTwilioTarget(
    await readDevVar(devVars, "TWILIO_BASE_URL"),
    ports.twin,
    ports.twinIsChosen,
  );
  const problem = hostProblem(network, target);
  if (problem !== undefined) return refuse(problem);

  console.log("Starting the Worker and the twin …");
  const build = await readBuildName(directory, process.env);
  const vars = startVars({
    workerPort: ports.worker,
    network,
    target,
    issuer: await readDevVar(devVars, "ISSUER"),
    allowedOrigins: await readDevVar(devVars, "ALLOWED_ORIGINS"),
  });
  const [worker, twin] = launch(ports, [...vars, ...defineBuild(build)], showsRequests);
  const ending: Promise<Ending> = Promise.race([
    stop.requested.then((): Ending => ({ kind: "wanted" })),
    ...[worker, twin].map(async (child): Promise<Ending> => {
      return { kind: "crashed", child, how: await child.exited };
    }),
  ]);
  const waiting = new AbortController();
  const first = await Promise.race([ending, bothAnswer(worker, twin, waiting.signal)]);
  waiting.abort();
  const stopWatching = watchDevVars(devVars);
  let end: Ending;
  let closeProxy: CloseProxy | undefined;
  if (first.kind === "ready") {
    if (network !== undefined) closeProxy = await openProxy(network.address, ports.worker);
    worker.output.release();
    twin.output.release();
    const { origin: workerUrl } = worker;
    console.log(
      readyBlock({ workerUrl, twinUrl, network, target, createdDevVars, problems: first.problems }),
    );
    end = await ending;
  } else {
    end = first;
  }
  stopWatching();
  await closeProxy?.();
  await Promise.all([worker.end(stop.insisted), twin.end(stop.insisted)]);
  return report(end);
}

function launch(
  ports: Ports,
  workerArguments: readonly string[],
  showsRequests: boolean,
): [WranglerDev, WranglerDev] {
  const worker = new WranglerDev({
    name: "The Worker",
    // No label, so that its JSON lines stay parsable.
    label: "",
    directory,
    config: "wrangler.toml",
    port: ports.worker,
    extraArguments: workerArguments,
    showsRequests,
  });
  const twin = new WranglerDev({
    name: "The twin",
    label: "twin: ",
    directory,
    config: join("src", "twin", "wrangler.toml"),
    port: ports.twin,
    extraArguments: [],
  });
  return [worker, twin];
}

async function bothAnswer(
  worker: WranglerDev,
  twin: WranglerDev,
  until: AbortSignal,
): Promise<{ kind: "ready"; problems: string[] } | Crash> {
  const signal = AbortSignal.any([until, AbortSignal.timeout(startMs)]);
  const [health, ready] = await Promise.all([
    firstAnswer(`${worker.origin}/healthz`, signal),
    firstAnswer(`${twin.origin}/twin/ready`, signal),
  ]);
  const silent = `did not answer within ${startMs / 1000} seconds`;
  if (health === undefined) return { kind: "crashed", child: worker, how: silent };
  if (ready === undefined) return { kind: "crashed", child: twin, how: silent };
  return { kind: "ready", problems: healthProblems(health, ready) };
}

/**
 * Asks for a restart when `.dev.vars` changes, because some settings are read only at the start.
 * Returns a function that stops watching.
 */
function watchDevVars(path: string): () => void {
  const announce = (now: Stats, before: Stats): void => {
    if (now.mtimeMs === before.mtimeMs) return;
    console.log(".dev.vars has changed: stop with Ctrl-C and start again.");
  };
  watchFile(path, { interval: 1000, persistent: false }, announce);
  return () => unwatchFile(path, announce);
}

function report(end: Ending): number {
  if (end.kind === "wanted") return 0;
  const lines = end.child.output.unseen();
  console.error(`\n${end.child.name} ${end.how}. Both have been stopped.`);
  if (lines.length > 0) console.error(`Its last output:\n${lines.map((l) => `  ${l}`).join("\n")}`);
  return 1;
}

function refuse(problem: string): number {
  console.error(problem);
  return 1;
}

// A closed terminal must not prevent the children from being stopped.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
process.exitCode = await start();
