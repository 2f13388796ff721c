// A verification that a backend started: the user enters its code into the element, and the page
// gets the proof.
import type { Page } from "playwright-core";
import { expect, inject, it } from "vitest";
import type { ApprovedProof } from "../../src/client/wire.ts";
import { expectAccessible } from "./axe.ts";
import { newestCode, newNumber, openContext, shop, worker, wrongCode } from "./browser.ts";

const serviceKey = inject("serviceKey");

async function asBackend<Answer>(path: string, body: object): Promise<Answer> {
  const answer = await fetch(worker + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${serviceKey}` },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Answer;
}

async function startProof(to: string): Promise<string> {
  const body = { to, purpose: "two_factor", subject: "user-42", amr: ["pwd"] };
  return (await asBackend<{ id: string }>("/v1/verifications", body)).id;
}

async function openAt(id: string): Promise<Page> {
  const { context } = await openContext();
  const page = await context.newPage();
  await page.goto(`${shop}/empty`);
  await page.evaluate(async (verification) => {
    await customElements.whenDefined("phonegate-sign-in");
    const events: unknown[] = [];
    Reflect.set(globalThis, "events", events);
    for (const name of ["phonegate-proof", "phonegate:proof", "phonegate-session"])
      document.addEventListener(name, (event) =>
        events.push({ name, ...(event as CustomEvent<ApprovedProof>).detail }),
      );
    const signIn = document.createElement("phonegate-sign-in");
    signIn.setAttribute("verification", verification);
    document.querySelector("main")?.append(signIn);
  }, id);
  await page.locator("#code").waitFor();
  return page;
}

const eventsOf = (page: Page) =>
  page.evaluate(() => Reflect.get(globalThis, "events") as (ApprovedProof & { name: string })[]);

it("the element checks the code and fires an event with the proof, which the backend consumes", async () => {
  const { to } = newNumber();
  const page = await openAt(await startProof(to));
  await page.getByText("We sent a code to your phone.").waitFor();
  expect(await page.locator("#number").count()).toBe(0);
  expect(await page.getByRole("button", { name: "Change the number" }).count()).toBe(0);
  await expectAccessible(page);
  const code = await newestCode(to);
  await page.locator("#code").fill(wrongCode(code));
  await page.locator("#error", { hasText: "This code is wrong." }).waitFor();
  await page.locator("#code").fill(code);
  await page.locator("phonegate-sign-in h2", { hasText: "Confirmed" }).waitFor();
  const events = await eventsOf(page);
  expect(events.map(({ name }) => name)).toEqual(["phonegate:proof", "phonegate-proof"]);
  expect(events[0]).toMatchObject({ status: "approved", expires_in: 300 });
  const { proof_token } = events[0]!;
  const claims = await asBackend("/v1/proofs/consume", { proof_token });
  expect(claims).toMatchObject({ sub: "user-42", purpose: "two_factor", acr: "aal2" });
});

it("after a reload the countdown continues from the Worker's remaining time", async () => {
  const { to } = newNumber();
  const id = await startProof(to);
  const isAtMost = (page: Page, seconds: number, timeout: number) =>
    page.waitForFunction(
      (most) => {
        const root = document.querySelector("phonegate-sign-in")?.shadowRoot;
        const [, left] =
          /^0:(\d\d)$/.exec(root?.querySelector(".countdown")?.textContent ?? "") ?? [];
        return left !== undefined && Number(left) <= most;
      },
      seconds,
      { timeout },
    );
  const page = await openAt(id);
  await isAtMost(page, 18, 60_000);
  // A countdown that started again would need twelve seconds.
  await isAtMost(await openAt(id), 18, 10_000);
});

it("a verification that has ended offers no action that a page cannot take, and another one restarts the element", async () => {
  const [first, second] = [newNumber(), newNumber()];
  const id = await startProof(first.to);
  const page = await openAt(id);
  const code = await newestCode(first.to);
  for (let left = 4; left > 0; left -= 1) {
    await page.locator("#code").fill(wrongCode(code));
    await page.locator("#error", { hasText: `Tries left: ${left}.` }).waitFor();
    await page.locator("#code").fill("");
  }
  await page.locator("#code").fill(wrongCode(code));
  await page.locator("#error", { hasText: "Too many wrong codes." }).waitFor();
  expect(await page.locator("phonegate-sign-in button:visible").count()).toBe(0);

  await page.evaluate(
    (next) => document.querySelector("phonegate-sign-in")!.setAttribute("verification", next),
    await startProof(second.to),
  );
  await page.locator("#error").waitFor({ state: "hidden" });
  await page.locator("#code").fill(await newestCode(second.to));
  await page.locator("phonegate-sign-in .done").waitFor();
});
