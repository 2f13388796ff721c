import { chromium, type BrowserContextOptions, type Page } from "playwright-core";
import { onTestFinished } from "vitest";

/** An address that is not loopback. The browser's resolver maps it to this machine. */
export const networkAddress = "192.168.7.7";

export const chromiumOptions = {
  /** Debian's Chromium. `CHROMIUM_PATH` sets another one. */
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    `--host-resolver-rules=MAP ${networkAddress} 127.0.0.1`,
  ],
};

/** Records what a page must never do. */
export interface Conduct {
  /** Violations of the page's policy. */
  readonly violations: string[];
  /** Requests to other origins than the page's. */
  readonly foreign: string[];
  /** Errors that the page has thrown or logged. */
  readonly errors: string[];
}

/** Opens a page in a new browser, which is closed at the end of the test. */
export async function openPage(
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; conduct: Conduct }> {
  const browser = await chromium.launch(chromiumOptions);
  onTestFinished(() => browser.close());
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const conduct: Conduct = { violations: [], foreign: [], errors: [] };
  await page.exposeFunction("noteViolation", (what: string) => conduct.violations.push(what));
  await page.addInitScript(
    `document.addEventListener("securitypolicyviolation", (event) =>
       noteViolation(event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile));`,
  );
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.protocol !== "data:" && asked.origin !== new URL(url).origin)
      conduct.foreign.push(request.url());
  });
  page.on("pageerror", (error) => conduct.errors.push(error.message));
  await page.goto(url);
  return { page, conduct };
}
