import { defineConfig } from "vitest/config";

/** Tests in a real browser, against `npm start`'s own Worker and twin. They need Debian's Chromium. */
export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  test: {
    environment: "node",
    reporters: process.env.VITEST_JSON_REPORT
      ? ["default", ["json", { outputFile: process.env.VITEST_JSON_REPORT }]]
      : ["default"],
    include: ["test/browser/**/*.browser.test.ts"],
    testTimeout: 180_000,
    // One browser and two wranglers at a time are enough for a small machine.
    fileParallelism: false,
  },
});
