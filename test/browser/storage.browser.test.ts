// Browsers that refuse storage: the storage is full, or the user blocks all cookies.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { expect, it, onTestFinished } from "vitest";
import { chromiumOptions } from "./chromium.ts";
import {
  configured,
  newestCode,
  newNumber,
  openContext,
  shop,
  startAt,
  worker,
} from "./browser.ts";

/** A script that records each `phonegate:error` of the page. */
const noteErrors = `
  globalThis.errors = [];
  document.addEventListener("phonegate:error", ({ detail }) => errors.push(detail.code));`;
const errorsOf = (page: Page): Promise<unknown> => page.evaluate("errors");

/** Opens a page in a Chromium whose settings block all cookies. */
async function openWithoutStorage(): Promise<Page> {
  const profile = await mkdtemp(join(tmpdir(), "phonegate-profile-"));
  await mkdir(join(profile, "Default"));
  const blocked = { profile: { default_content_setting_values: { cookies: 2 } } };
  await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(blocked));
  const context = await chromium.launchPersistentContext(profile, chromiumOptions);
  context.setDefaultTimeout(10_000);
  onTestFinished(async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  const page = await context.newPage();
  await page.addInitScript(noteErrors);
  return page;
}

async function signInAt(page: Page): Promise<void> {
  const { to, national } = newNumber();
  await configured(page);
  await startAt(page, national);
  await page.locator("#code").fill(await newestCode(to));
}

it("with denied storage the user signs in and continues, and sees no error", async () => {
  const page = await openWithoutStorage();
  await page.goto(shop);
  // First check that storage is denied, because otherwise this test proves nothing.
  const names = await page.evaluate(async () => [
    await Promise.resolve()
      .then(() => localStorage.length)
      .catch(({ name }: Error) => name),
    await navigator.locks.request("x", () => "granted").catch(({ name }: Error) => name),
  ]);
  expect(names).toEqual(["SecurityError", "SecurityError"]);
  await signInAt(page);
  await page.locator("#who", { hasText: "Hello usr_" }).waitFor();
  expect(await errorsOf(page)).toEqual(["storage_unavailable"]);
  const refreshed = await page.evaluate(async () => {
    const { client } = document.querySelector("phonegate-sign-in")!;
    const { accessToken } = await client.refresh();
    return accessToken === (await client.accessToken());
  });
  expect(refreshed).toBe(true);
  await page.locator("#out").click();
  await page.locator("phonegate-sign-in #number").waitFor();
  expect(await page.locator("#error").isVisible()).toBe(false);
});

it("with denied storage the demo works", async () => {
  const page = await openWithoutStorage();
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  await page.goto(worker);
  await configured(page);
  const { to, national } = newNumber();
  await startAt(page, national);
  await page.locator("#code").fill(await newestCode(to));
  await page.locator("#claims", { hasText: "usr_" }).waitFor();
  expect(errors).toEqual([]);
});

it("with full storage the right code still opens the session", async () => {
  const { context } = await openContext();
  const page = await context.newPage();
  await page.addInitScript(noteErrors);
  await page.goto(shop);
  await page.evaluate(() => {
    for (let length = 5 * 1024 * 1024; length >= 1; length = Math.floor(length / 2))
      for (let index = 0; index < 3; index += 1)
        try {
          localStorage.setItem(`${length}-${index}`, "x".repeat(length));
        } catch {
          // Fill the storage to its limit.
        }
  });
  await signInAt(page);
  await page.locator("#who", { hasText: "Hello usr_" }).waitFor();
  expect(await errorsOf(page)).toEqual(["storage_unavailable"]);
  expect(await page.evaluate(() => document.querySelector("phonegate-sign-in")!.step)).toBe("done");
});
