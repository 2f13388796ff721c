// A browser extension's page, whose origin has its own scheme, like the app shells' pages.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { expect, inject, it, onTestFinished } from "vitest";
import { configured, newestCode, newNumber, startAt, worker } from "./browser.ts";
import { chromiumOptions } from "./chromium.ts";
import { extensionOrigin, writeExtension } from "./extension.ts";

it("the user signs in on an extension's page, with the packed client and in the page's language", async () => {
  const key = inject("extensionKey");
  const folder = await writeExtension(key, worker);
  const profile = await mkdtemp(join(tmpdir(), "phonegate-profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    ...chromiumOptions,
    args: [
      ...chromiumOptions.args,
      "--headless=new",
      `--disable-extensions-except=${folder}`,
      `--load-extension=${folder}`,
    ],
  });
  onTestFinished(async () => {
    await context.close();
    for (const path of [profile, folder])
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
  });
  const page = await context.newPage();
  await page.goto(`${extensionOrigin(key)}/page.html`);
  expect(await page.evaluate(() => location.origin)).toBe(extensionOrigin(key));
  await configured(page);
  await page.locator("h2", { hasText: "Bei Phonegate anmelden" }).waitFor();
  const { to, national } = newNumber();
  const sent = page.waitForRequest("**/v1/verifications");
  await startAt(page, national);
  expect(await (await sent).headerValue("Origin")).toBe(extensionOrigin(key));
  await page.locator("#code").fill(await newestCode(to));
  await page.locator("h2", { hasText: "Du bist angemeldet" }).waitFor();
});
