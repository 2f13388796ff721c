// `npm start`: the Worker and the Twilio twin side by side, without an account and without a network.
import { unwatchFile, watchFile, type Stats } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { defineBuild, readBuildName, type BuildName } from "./build-name.ts";
import { createDevVars, devVarsText, readDevVar } from "./dev-vars.ts";
import { createFreshKeys } from "./keys.ts";
import { portProblem, readPorts, type Ports } from "./ports.ts";
import { readyBlock } from "./ready-block.ts";
import { firstAnswer, healthProblems } from "./ready.ts";
import { listenForStop } from "./stop-signals.ts";
import { judgeTwilioTarget, type TwilioTarget } from "./twilio-target.ts";
import { WranglerDev } from "./wrangler-dev.ts";

const directory = join(import.meta.dirname, "..", "..");
const startMs = 120_000;

type Death = { kind: "died"; child: WranglerDev; how: string };
type Ending = { kind: "wanted" } | Death;

const usage = `Runs the Worker and the Twilio twin on this machine, without an account and without a network.
The first start writes .dev.vars with fresh keys.

  npm start                              the Worker and a demo on :8787, the twin's phone on :8788
  PORT=8797 TWIN_PORT=8798 npm start     on other ports
`;

async function start(): Promise<number> {
  const help = readHelp(process.argv.slice(2));
  if (help !== undefined) return help;
  const stop = listenForStop(process.env);
  const ports = readPorts(process.env);
  if (typeof ports === "string") return refuse(ports);
  const taken =
    (await portProblem("PORT", ports.worker)) ?? (await portProblem("TWIN_PORT", ports.twin));
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

  console.log("Starting the Worker and the twin …");
  const build = await readBuildName(directory, process.env);
  const [worker, twin] = launch(ports, target, build, await readDevVar(devVars, "ISSUER"));
  const ending: Promise<Ending> = Promise.race([
    stop.requested.then((): Ending => ({ kind: "wanted" })),
    ...[worker, twin].map(async (child): Promise<Ending> => {
      return { kind: "died", child, how: await child.exited };
    }),
  ]);
  const waiting = new AbortController();
  const first = await Promise.race([ending, bothAnswer(worker, twin, waiting.signal)]);
  waiting.abort();
  const stopWatching = tellOfChanges(devVars);
  let end: Ending;
  if (first.kind === "ready") {
    worker.output.release();
    twin.output.release();
    const { origin: workerUrl } = worker;
    console.log(
      readyBlock({ workerUrl, twinUrl, target, createdDevVars, problems: first.problems }),
    );
    end = await ending;
  } else {
    end = first;
  }
  stopWatching();
  await Promise.all([worker.end(stop.insisted), twin.end(stop.insisted)]);
  return report(end);
}

function launch(
  ports: Ports,
  target: TwilioTarget,
  build: BuildName,
  issuer: string | undefined,
): [WranglerDev, WranglerDev] {
  // `localhost` and `127.0.0.1` would be two issuers. Against Twilio itself it must be set: https.
  const isOurs = issuer === undefined && target.kind !== "twilio";
  const worker = new WranglerDev({
    name: "The Worker",
    // Its lines of JSON stay as they are.
    label: "",
    directory,
    config: "wrangler.toml",
    port: ports.worker,
    extraArguments: [
      "--var",
      "DEMO:on",
      ...defineBuild(build),
      ...(isOurs ? ["--var", `ISSUER:http://127.0.0.1:${ports.worker}`] : []),
      ...(target.kind === "twin_instead" ? ["--var", `TWILIO_BASE_URL:${target.baseUrl}`] : []),
    ],
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
): Promise<{ kind: "ready"; problems: string[] } | Death> {
  const signal = AbortSignal.any([until, AbortSignal.timeout(startMs)]);
  const [health, ready] = await Promise.all([
    firstAnswer(`${worker.origin}/healthz`, signal),
    firstAnswer(`${twin.origin}/twin/ready`, signal),
  ]);
  const silent = `did not answer within ${startMs / 1000} seconds`;
  if (health === undefined) return { kind: "died", child: worker, how: silent };
  if (ready === undefined) return { kind: "died", child: twin, how: silent };
  return { kind: "ready", problems: healthProblems(health, ready) };
}

/** Some settings are read here alone, so a new value needs a new start. Returns how to stop. */
function tellOfChanges(path: string): () => void {
  const tell = (now: Stats, before: Stats): void => {
    if (now.mtimeMs === before.mtimeMs) return;
    console.log(".dev.vars has changed: end this with Ctrl-C and start again.");
  };
  watchFile(path, { interval: 1000, persistent: false }, tell);
  return () => unwatchFile(path, tell);
}

function report(end: Ending): number {
  if (end.kind === "wanted") return 0;
  const lines = end.child.output.unseen();
  console.error(`\n${end.child.name} ${end.how}, so both are stopped.`);
  if (lines.length > 0) console.error(`Its last output:\n${lines.map((l) => `  ${l}`).join("\n")}`);
  return 1;
}

/** The exit code when help is asked for or an option is unknown; else undefined. */
function readHelp(args: string[]): number | undefined {
  try {
    const { values } = parseArgs({ args, options: { help: { type: "boolean", default: false } } });
    if (!values.help) return undefined;
    console.log(usage);
    return 0;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return refuse(`${error.message}\n\n${usage}`);
  }
}

function refuse(problem: string): number {
  console.error(problem);
  return 1;
}

// A closed terminal must not keep us from stopping the others.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
process.exitCode = await start();
