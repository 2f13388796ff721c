// Which device tokens the element keeps in the page's storage, and how a page prevents it.
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { configured, newestCode, newNumber, openDemo, startAt, worker } from "./browser.ts";

const kept = (page: Page): Promise<Record<string, string>> =>
  page.evaluate(() => {
    const all: [string, string][] = [
      ...Object.entries(localStorage),
      ...Object.entries(sessionStorage),
    ];
    return Object.fromEntries(all);
  });

/** Returns a list of the device tokens that each later start of the page sends. */
function watchStarts(page: Page): (readonly string[] | undefined)[] {
  const brought: (readonly string[] | undefined)[] = [];
  page.on("request", (request) => {
    if (request.method() !== "POST" || !request.url().endsWith("/v1/verifications")) return;
    const body = request.postDataJSON() as { device_tokens?: string[] };
    brought.push(body.device_tokens);
  });
  return brought;
}

async function signInAt(page: Page, { to, national } = newNumber()): Promise<void> {
  await startAt(page, national);
  await page.locator("#code").fill(await newestCode(to));
  await page.locator("phonegate-sign-in .done").waitFor({ state: "attached" });
}

it("a device token is stored without a number, stays after signing out, and is sent with the next start", async () => {
  const page = await openDemo();
  const brought = watchStarts(page);
  await signInAt(page);
  const key = `phonegate:${worker}:devices`;
  const before = await kept(page);
  expect(before).toEqual({ [key]: expect.stringMatching(/^\["dev_[\w-]{22}\.[\w-]+"\]$/) });
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.locator("#guide").waitFor();
  expect(await kept(page)).toEqual(before);
  await page.reload();
  await configured(page);
  const { national } = newNumber();
  await startAt(page, national);
  expect(brought).toEqual([undefined, JSON.parse(before[key] ?? "")]);
});

it("forgetDevice() removes the tokens from the page's storage, and ends no session", async () => {
  const page = await openDemo();
  await signInAt(page);
  await page.evaluate(() => document.querySelector("phonegate-sign-in")!.forgetDevice());
  expect(await kept(page)).toEqual({});
  const subject = await page.evaluate(async () => {
    const { client } = document.querySelector("phonegate-sign-in")!;
    return (await client.refresh()).subject;
  });
  expect(subject).toMatch(/^usr_/);
});

it('store="none" stores nothing', async () => {
  const page = await openDemo();
  await page.evaluate(() => {
    const element = document.createElement("phonegate-sign-in");
    element.setAttribute("store", "none");
    document.querySelector("phonegate-sign-in")!.replaceWith(element);
  });
  await configured(page);
  const brought = watchStarts(page);
  const number = newNumber();
  await signInAt(page, number);
  expect(await kept(page)).toEqual({});
  await page.evaluate(() => document.querySelector("phonegate-sign-in")!.reset());
  await startAt(page, newNumber().national);
  expect(brought).toEqual([undefined, undefined]);
});
