import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { buildBundle, startups } from "./bundle.ts";
import { median, quantile } from "./measure.ts";
import { plain, signIn, type Sample } from "./requests.ts";
import { helloScript, proxyScript } from "./workers.ts";
import { runPhonegate, runScript, type Running } from "./world.ts";

/** The longest chain of calls before the answer, as `test/hops.test.ts` checks it. */
const scenarios = {
  "a hello-world Worker": "—",
  "a bare proxy to Twilio": "Twilio",
  "start, Twilio Verify": "store → Twilio",
  "check, Twilio Verify": "store → Twilio → store",
  "start, codes of our own": "store → Twilio",
  "check, codes of our own": "store → store",
  refresh: "store",
} as const;
type Scenario = keyof typeof scenarios;

interface Workers {
  readonly hello: Running;
  readonly proxy: Running;
  readonly verify: Running;
  readonly messaging: Running;
}

/** Runs all scenarios in each round, so that a slow moment of the machine affects all of them. */
async function measure(workers: Workers, rounds: number): Promise<Record<Scenario, Sample>> {
  const samples: Record<Scenario, number[]> = {
    "a hello-world Worker": [],
    "a bare proxy to Twilio": [],
    "start, Twilio Verify": [],
    "check, Twilio Verify": [],
    "start, codes of our own": [],
    "check, codes of our own": [],
    refresh: [],
  };
  for (let round = 0; round < rounds; round += 1) {
    samples["a hello-world Worker"].push(await plain(workers.hello));
    samples["a bare proxy to Twilio"].push(await plain(workers.proxy));
    const verify = await signIn(workers.verify, "verify");
    samples["start, Twilio Verify"].push(verify.start);
    samples["check, Twilio Verify"].push(verify.check);
    const own = await signIn(workers.messaging, "messaging");
    samples["start, codes of our own"].push(own.start);
    samples["check, codes of our own"].push(own.check);
    samples.refresh.push(verify.refresh, own.refresh);
  }
  return samples;
}

const warmUpRounds = 60;
const rounds = 200;
const delayedRounds = 25;
const twilioMs = 100;

const fixed = (value: number, digits = 1): string => value.toFixed(digits);

function rowsOf(quick: Record<Scenario, Sample>, delayed: Record<Scenario, Sample>): string[] {
  const hello = median(quick["a hello-world Worker"]);
  const proxy = median(quick["a bare proxy to Twilio"]);
  const delayedProxy = median(delayed["a bare proxy to Twilio"]);
  return Object.entries(scenarios).map(([name, chain]) => {
    const sample = quick[name as Scenario];
    const middle = median(sample);
    const late = median(delayed[name as Scenario]);
    const cells = [
      name,
      chain,
      fixed(middle),
      fixed(quantile(sample, 0.95)),
      `${fixed(middle / hello)}×`,
      `${fixed(middle / proxy)}×`,
      fixed(late),
      `${fixed(late / delayedProxy, 2)}×`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
}

/** The report, as docs/speed.md shows it. */
export async function report(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "phonegate-bench-"));
  const running: Running[] = [];
  const started = async (worker: Promise<Running>): Promise<Running> => {
    running.push(await worker);
    return worker;
  };
  const loadBefore = fixed(loadavg()[0] ?? 0);
  try {
    const bundle = await buildBundle(join(folder, "out"));
    const workers: Workers = {
      hello: await started(runScript(helloScript)),
      proxy: await started(runScript(proxyScript)),
      verify: await started(runPhonegate(bundle.script, "verify")),
      messaging: await started(runPhonegate(bundle.script, "messaging")),
    };
    await measure(workers, warmUpRounds);
    const quick = await measure(workers, rounds);
    for (const worker of running) await worker.delayTwilio(twilioMs);
    const delayed = await measure(workers, delayedRounds);
    for (const worker of running.splice(0)) await worker.stop();
    const startup = await startups(folder, helloScript);
    return [
      `| request | longest chain | median ms | 95% ms | × hello-world | × proxy | median ms, Twilio takes ${twilioMs} ms | × proxy |`,
      "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
      ...rowsOf(quick, delayed),
      "",
      `Bundle: ${fixed(bundle.kib, 0)} KiB, ${fixed(bundle.gzipKib)} KiB gzipped. Start-up CPU of its script: ${fixed(startup.phonegate)} ms, a hello-world's ${fixed(startup.hello)} ms. ${rounds} rounds (${delayedRounds} with the slow Twilio), one request at a time, Node ${process.versions.node}, ${availableParallelism()} cores, load ${loadBefore} before.`,
    ].join("\n");
  } finally {
    for (const worker of running) await worker.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
