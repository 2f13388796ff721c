import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, expect, inject, onTestFinished } from "vitest";
import { chromiumOptions } from "./chromium.ts";

export const worker = inject("worker");
export const twin = inject("twin");
export const shop = inject("shop");
export const otherSite = inject("otherSite");
export const app = inject("app");
export const workerInNetwork = inject("workerInNetwork");
export const appInNetwork = inject("appInNetwork");

const atLocalhost = (origin: string): string => origin.replace("127.0.0.1", "localhost");
const ours = [worker, atLocalhost(worker), workerInNetwork, twin];
const pages = [shop, otherSite, app, atLocalhost(app), appInNetwork];

let browser: Promise<Browser> | undefined;
afterAll(async () => (await browser)?.close());

function launch(): Promise<Browser> {
  browser ??= chromium.launch(chromiumOptions);
  return browser;
}

/** The unexpected errors of a page, and each request that it sent. */
export interface Watched {
  readonly complaints: string[];
  readonly requests: URL[];
}

/** Opens a new profile. The test fails at its end if a page had an unexpected error. */
export async function openContext(options: BrowserContextOptions = {}) {
  const context = await (await launch()).newContext({ locale: "en-US", ...options });
  context.setDefaultTimeout(10_000);
  const watched: Watched = { complaints: [], requests: [] };
  // The page reports violations of its policy, because scripts get no error for them.
  await context.exposeFunction("reportViolation", (text: string) => {
    watched.complaints.push(`CSP: ${text}`);
  });
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const report: unknown = Reflect.get(globalThis, "reportViolation");
      if (typeof report === "function") report(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  context.on("weberror", (error) => watched.complaints.push(String(error.error())));
  context.on("request", (request) => watched.requests.push(new URL(request.url())));
  onTestFinished(async () => {
    await context.close();
    expect(watched.complaints).toEqual([]);
    const origins = new Set(watched.requests.map(({ origin }) => origin));
    for (const origin of origins) expect([...ours, ...pages]).toContain(origin);
  });
  return { context, watched };
}

export async function openPage(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const { context } = await openContext(options);
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/** Opens the demo, and waits until the element knows its countries. */
export async function openDemo(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await openPage(worker, options);
  await configured(page);
  return page;
}

export async function configured(page: Page): Promise<void> {
  await page.locator("phonegate-sign-in #country:not([disabled])").waitFor({ state: "attached" });
}

/** Opens a page and creates the element by a script. `prepare` is called before the page loads. */
export async function openElement(
  url: string,
  attributes: Record<string, string>,
  prepare: (page: Page) => Promise<unknown> = async () => undefined,
): Promise<Page> {
  const { context } = await openContext();
  const page = await context.newPage();
  await prepare(page);
  await page.goto(`${url}/empty`);
  await page.evaluate(async (given) => {
    await customElements.whenDefined("phonegate-sign-in");
    const signIn = document.createElement("phonegate-sign-in");
    for (const [name, value] of Object.entries(given)) signIn.setAttribute(name, value);
    document.querySelector("main")?.append(signIn);
  }, attributes);
  await configured(page);
  return page;
}

const testFiles = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".test.ts"));
const numbersPerFile = 100;
let numbersGiven = 0;

/**
 * Returns a number that no other test uses, because all files share one Worker and its stores. No
 * number from …2000 on fails in the twin.
 */
export function newNumber(): { readonly to: string; readonly national: string } {
  const file = testFiles.indexOf(basename(expect.getState().testPath ?? ""));
  if (file === -1 || numbersGiven >= numbersPerFile) throw new Error("no number is left");
  const national = `201555${2000 + file * numbersPerFile + numbersGiven}`;
  numbersGiven += 1;
  return { to: `+1${national}`, national };
}

export interface Arrived {
  readonly code: string;
  readonly channel: string;
}

export async function inbox(to: string): Promise<Arrived[]> {
  const answer = await fetch(`${twin}/inbox.json?to=${encodeURIComponent(to)}`);
  return (await answer.json()) as Arrived[];
}

export async function newestCode(to: string): Promise<string> {
  const [newest] = await inbox(to);
  if (newest === undefined) throw new Error("no message arrived");
  return newest.code;
}

export async function postToTwin(path: string, body: object): Promise<void> {
  const answer = await fetch(`${twin}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`the twin refused: ${await answer.text()}`);
}

/** Returns another code than this one, of the same length. */
export const wrongCode = (code: string): string =>
  code.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10));

/** Returns the id, or the text, of the element that has the focus, also inside shadow trees. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return active?.id || active?.textContent || "";
  });
}

/** Types the number, and waits for the code step. */
export async function startAt(page: Page, national: string): Promise<void> {
  await page.locator("#number").fill(national);
  await page.locator("#number").press("Enter");
  await page.locator("#code").waitFor();
}
