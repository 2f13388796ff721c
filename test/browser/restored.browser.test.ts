// When a user who signed in before returns, the element has the session and reports it to the page.
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import type { SignedIn } from "../../src/client/browser/sign-in/sign-in.ts";
import { configured, newestCode, newNumber, openPage, shop, startAt, worker } from "./browser.ts";

type SessionEvent = Pick<SignedIn, "subject" | "restored">;

const sessionEventsOf = (page: Page): Promise<SessionEvent[]> =>
  page.evaluate(() =>
    (Reflect.get(globalThis, "sessions") as SignedIn[]).map(({ subject, restored }) => ({
      subject,
      restored,
    })),
  );

const open = (attributes: string): Promise<Page> =>
  openPage(`${shop}/listening?${encodeURIComponent(attributes)}`);

async function signIn(page: Page): Promise<void> {
  const { to, national } = newNumber();
  await configured(page);
  await startAt(page, national);
  await page.locator("#code").fill(await newestCode(to));
  await page.locator("phonegate-sign-in .done").waitFor();
}

it.each(['store="local"', 'store="session"', 'transport="cookie"'])(
  "with %s a reload shows the last step, and the event says that the session is restored",
  async (attributes) => {
    const page = await open(attributes);
    await signIn(page);
    const [first] = await sessionEventsOf(page);
    expect(first).toEqual({ subject: expect.stringMatching(/^usr_/), restored: false });
    await page.reload();
    await page.locator("phonegate-sign-in .done").waitFor();
    await page.waitForFunction(() => (Reflect.get(globalThis, "sessions") as unknown[]).length > 0);
    expect(await sessionEventsOf(page)).toEqual([{ subject: first?.subject, restored: true }]);
    const state = await page.evaluate(() => {
      const { step, session } = document.querySelector("phonegate-sign-in")!;
      return [step, session?.subject];
    });
    expect(state).toEqual(["done", first?.subject]);
    await page.evaluate(() => document.querySelector("phonegate-sign-in")!.client.signOut());
    await page.locator("#number").waitFor();
    await configured(page);
    await page.reload();
    await page.locator("#number").waitFor();
    expect(await sessionEventsOf(page)).toEqual([]);
  },
);

it("without a stored session the element asks for the number again after a reload", async () => {
  const page = await open("");
  await signIn(page);
  await page.reload();
  await page.locator("#number").waitFor();
  expect(await sessionEventsOf(page)).toEqual([]);
});

it("a session that the Worker has ended returns the user to the first step at its first use, and says why", async () => {
  const page = await open('store="local"');
  await signIn(page);
  const token = await page.evaluate(() =>
    document.querySelector("phonegate-sign-in")!.client.accessToken(),
  );
  const headers = { Authorization: `Bearer ${token}` };
  await fetch(`${worker}/v1/sessions`, { method: "DELETE", headers });
  await page.reload();
  await page.locator("phonegate-sign-in .done").waitFor();
  await page.evaluate(() =>
    document
      .querySelector("phonegate-sign-in")!
      .client.refresh()
      .catch(() => undefined),
  );
  await page.locator("#error", { hasText: "You were signed out." }).waitFor();
  await configured(page);
});

it("a step-up asks for a code although a session is stored", async () => {
  const page = await open('store="local"');
  await signIn(page);
  await page.evaluate(() => {
    const stepUp = document.createElement("phonegate-sign-in");
    stepUp.setAttribute("purpose", "step_up");
    stepUp.client = document.querySelector("phonegate-sign-in")!.client;
    document.querySelector("phonegate-sign-in")!.replaceWith(stepUp);
  });
  await page.getByRole("button", { name: "Send the code" }).waitFor();
});
