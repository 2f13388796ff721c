import { execFileSync } from "node:child_process";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

// Without a network wrangler otherwise waits half a minute for its own telemetry.
const quietWrangler = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_WRITE_LOGS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};
for (const [name, value] of Object.entries(quietWrangler)) process.env[name] ??= value;

const root = new URL("..", import.meta.url).pathname;
// `[assets]` of wrangler.toml must be there before anything reads it.
execFileSync(process.execPath, ["src/cli/build-assets.ts"], { cwd: root, stdio: "inherit" });

const nodeTests = "test/**/*.node.test.ts";
const browserTests = "test/browser/**";

export default defineConfig({
  root,
  test: {
    reporters: process.env.VITEST_JSON_REPORT
      ? ["default", ["json", { outputFile: process.env.VITEST_JSON_REPORT }]]
      : ["default"],
    projects: [
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              // Nothing of a test may leave the machine: the app gets the twin as its `fetch`.
              outboundService: () => {
                throw new Error("a test tried to reach the network");
              },
            },
          }),
        ],
        // A slow machine is no failure: properties may take their time.
        test: {
          name: "workerd",
          include: ["test/**/*.test.ts"],
          exclude: [nodeTests, browserTests],
          testTimeout: 120_000,
        },
      },
      {
        test: { name: "node", environment: "node", include: [nodeTests], testTimeout: 120_000 },
      },
    ],
  },
});
