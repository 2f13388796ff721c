import { execFileSync } from "node:child_process";
import { readFileSync, statfsSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { testFilesByTier } from "./helpers/tiers.ts";

// Without a network wrangler otherwise waits half a minute for its own telemetry.
const quietWrangler = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_WRITE_LOGS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};
for (const [name, value] of Object.entries(quietWrangler)) process.env[name] ??= value;

const root = new URL("..", import.meta.url).pathname;
// The folder of `[assets]` in wrangler.toml must exist before wrangler reads it.
execFileSync(process.execPath, ["src/cli/build-assets.ts"], { cwd: root, stdio: "inherit" });

// workerd keeps the objects' files in `TMPDIR`. In memory a write does not wait for a disk.
const onDisk = { TMPDIR: tmpdir() };
if (hasRoomInMemory("/dev/shm")) process.env.TMPDIR = "/dev/shm";

/** A container may have no such folder, or 64 MB of it. */
function hasRoomInMemory(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > 500_000_000;
  } catch {
    return false;
  }
}

const inWorkerd = () =>
  cloudflareTest({
    wrangler: { configPath: "./wrangler.toml" },
    miniflare: {
      // No request of a test leaves the machine: the app gets the twin as its `fetch`.
      outboundService: () => {
        throw new Error("a test tried to reach the network");
      },
    },
  });

/** The values that `npm run deploy` defines. */
const define = {
  PHONEGATE_BUILD: JSON.stringify({
    version: "1.2.3",
    commit: "8c89e730fd5dc1a7ca4a2e1b3a8f51a2d9e0c4b7",
  }),
};

const files = testFilesByTier(root);
// A slow machine must not fail a property test.
const common = { testTimeout: 120_000, hookTimeout: 120_000, provide: { runsFactor: 1 } };
// Many files share a worker, so that modules are loaded once.
const node = { ...common, isolate: false, pool: "threads" } as const;
const workerd = {
  ...common,
  isolate: false,
  setupFiles: ["test/helpers/reset-after-each.ts"],
};

/** `npm test`; `npm run test:fast` is its first project. */
const ordinary = [
  { test: { ...node, name: "node", include: files.node } },
  { test: { ...common, name: "processes", include: files.processes, env: onDisk } },
  { plugins: [inWorkerd()], define, test: { ...workerd, name: "workerd", include: files.workerd } },
  {
    plugins: [inWorkerd()],
    define,
    test: { ...workerd, isolate: true, name: "own-worker", include: files["own-worker"] },
  },
];

/** Tests whose number of runs is adjustable: properties and interleavings. */
const withMoreRuns = (paths: readonly string[]) =>
  paths.filter((path) => /from "(fast-check|.*\/runs\.ts)"/.test(readText(path)));
const readText = (path: string) => readFileSync(join(root, path), "utf8");
const moreRuns = ["test/helpers/more-runs.ts"];

/** `npm run test:long`: properties with many more runs, and all pure rules in the Worker's runtime. */
const long = () => {
  const runsFactor = Number(process.env.RUNS_FACTOR ?? 10);
  return [
    {
      test: {
        ...node,
        name: "long",
        include: withMoreRuns(files.node),
        setupFiles: moreRuns,
        provide: { runsFactor },
      },
    },
    {
      plugins: [inWorkerd()],
      define,
      test: {
        ...workerd,
        name: "long-in-workerd",
        include: withMoreRuns(files.workerd),
        setupFiles: [...workerd.setupFiles, ...moreRuns],
        provide: { runsFactor },
      },
    },
    {
      plugins: [inWorkerd()],
      define,
      test: {
        ...workerd,
        isolate: true,
        name: "long-own-worker",
        include: withMoreRuns(files["own-worker"]),
        setupFiles: [...workerd.setupFiles, ...moreRuns],
        provide: { runsFactor },
      },
    },
    {
      plugins: [inWorkerd()],
      define,
      test: {
        ...workerd,
        name: "pure-in-workerd",
        include: files.node.filter((path) => !path.endsWith(".node.test.ts")),
      },
    },
  ];
};

export default defineConfig(({ mode }) => ({
  root,
  test: {
    // Tests wait for processes and stores, so one worker per core would leave cores idle.
    maxWorkers: availableParallelism() + 1,
    reporters: process.env.VITEST_JSON_REPORT
      ? ["default", ["json", { outputFile: process.env.VITEST_JSON_REPORT }]]
      : ["default"],
    projects: mode === "long" ? long() : ordinary,
  },
}));
