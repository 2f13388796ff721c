import { defineConfig } from "vitest/config";

export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  test: {
    name: "foreign-clients",
    include: ["test/foreign-clients/*.spec.ts"],
    globalSetup: ["test/browser/running.ts"],
    testTimeout: 180_000,
    hookTimeout: 480_000,
    reporters: process.env.VITEST_JSON_REPORT
      ? ["default", ["json", { outputFile: process.env.VITEST_JSON_REPORT }]]
      : ["default"],
  },
});
