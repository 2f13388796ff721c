import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

const root = join(import.meta.dirname, "../..");
const wrangler = join(
  createRequire(import.meta.url).resolve("wrangler/package.json"),
  "../bin/wrangler.js",
);
const startupRuns = 3;

/** Without a network wrangler waits for its own telemetry. */
const quiet = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_WRITE_LOGS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  // Settings of deployment.vars must not get into this build.
  PHONEGATE_DEPLOY: "on",
};

async function run(args: readonly string[], cwd: string): Promise<void> {
  const env = { ...process.env, ...quiet };
  await promisify(execFile)(process.execPath, [wrangler, ...args], { cwd, env });
}

export interface Bundle {
  readonly script: string;
  readonly kib: number;
  readonly gzipKib: number;
}

/** Builds the production bundle as `npm run build` does. */
export async function buildBundle(folder: string): Promise<Bundle> {
  await run(["deploy", "--dry-run", "--env=", "--minify", "--outdir", folder], root);
  const script = await readFile(join(folder, "index.js"), "utf8");
  const gzipKib = gzipSync(script, { level: 9 }).byteLength / 1024;
  return { script, kib: Buffer.byteLength(script) / 1024, gzipKib };
}

interface CpuProfile {
  readonly nodes: readonly { id: number; callFrame: { functionName: string } }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Milliseconds of the Worker's own code, without the profiler and idle time. */
function scriptMs({ nodes, samples, timeDeltas }: CpuProfile): number {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName]));
  const foreign = new Set(["(program)", "(idle)", "(root)"]);
  const own = samples.map((id, index) =>
    foreign.has(names.get(id) ?? "") ? 0 : (timeDeltas[index] ?? 0),
  );
  return own.reduce((sum, each) => sum + each, 0) / 1000;
}

/** Start-up CPU by `wrangler check startup`: the smallest of three runs, since other work only adds. */
async function startupMs(cwd: string, outfile: string, args: readonly string[]): Promise<number> {
  const runs: number[] = [];
  for (let count = 0; count < startupRuns; count += 1) {
    await run(["check", "startup", "--outfile", outfile, ...args], cwd);
    runs.push(scriptMs(JSON.parse(await readFile(outfile, "utf8")) as CpuProfile));
  }
  return Math.min(...runs);
}

export async function startups(
  folder: string,
  helloScript: string,
): Promise<{ hello: number; phonegate: number }> {
  const hello = join(folder, "hello");
  await mkdir(hello, { recursive: true });
  await writeFile(join(hello, "index.js"), helloScript);
  const config = 'name = "hello"\nmain = "index.js"\ncompatibility_date = "2026-10-23"\n';
  await writeFile(join(hello, "wrangler.toml"), config);
  const outfile = join(folder, "startup.cpuprofile");
  return {
    hello: await startupMs(hello, outfile, []),
    phonegate: await startupMs(root, outfile, ["--args=--minify --env="]),
  };
}
