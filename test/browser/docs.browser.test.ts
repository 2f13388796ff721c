import type { Locator, Page } from "playwright-core";
import { expect, it } from "vitest";
import { ProjectCopy } from "../cli/project-copy.ts";
import { freePorts, Started } from "../cli/started.ts";
import { openPage } from "./chromium.ts";

const to = "+12015550123";

/** Runs `npm start` on free ports. */
async function start(): Promise<{ worker: string; twin: string }> {
  const ports = await freePorts();
  const started = new Started(await ProjectCopy.create(), { env: ports });
  await started.waitForOutput("Phonegate is running.");
  return {
    worker: `http://127.0.0.1:${ports.PORT}`,
    twin: `http://127.0.0.1:${ports.TWIN_PORT}`,
  };
}

/** One operation on the /docs page. */
class Operation {
  readonly #block: Locator;

  constructor(page: Page, id: string) {
    this.#block = page.locator(`.opblock[id$="-${id}"]`);
  }

  async open(): Promise<void> {
    await this.#block.locator(".opblock-summary-control").click();
    await this.#block.locator("button.execute").waitFor();
  }

  async body(value: object): Promise<void> {
    await this.#block.locator("textarea.body-param__text").fill(JSON.stringify(value));
  }

  async parameter(name: string, value: string): Promise<void> {
    await this.#block.locator(`input[placeholder="${name}"]`).fill(value);
  }

  /**
   * Presses Execute and resolves to what the page shows: the status, the body, and the command for
   * a terminal.
   */
  async execute(): Promise<{ status: string; body: string; curl: string }> {
    const live = this.#block.locator(".live-responses-table .response");
    // Clear the page, because otherwise the earlier response would be read again.
    if (await live.isVisible()) await this.#block.locator("button.btn-clear").click();
    await live.waitFor({ state: "detached" });
    await this.#block.locator("button.execute").click();
    const status = await live.locator(".response-col_status").innerText();
    const shown = live.locator(".highlight-code pre").first();
    const body = status.startsWith("204") ? "" : await shown.innerText();
    const curl = await this.#block.locator(".curl-command pre").innerText();
    return { status: status.split(/\s/)[0] ?? "", body, curl };
  }
}

async function authorize(page: Page, token: string): Promise<void> {
  await page.locator("button.authorize.unlocked, button.authorize.locked").first().click();
  const scheme = page.locator(".auth-container", { hasText: "accessToken" });
  await scheme.locator("input").fill(token);
  await scheme.locator("button.authorize").click();
  await page.locator("button.btn-done").first().click();
}

it("a user can do the whole sign-in on /docs, under its policy and without another origin", async () => {
  const { worker, twin } = await start();
  const { page, conduct } = await openPage(`${worker}/docs`);
  await page.locator(".opblock").first().waitFor();
  // The twin's port is free, so no file contains it.
  const phones = page.getByRole("link", { name: "the twin's phone" });
  expect(await phones.first().getAttribute("href")).toBe(twin);

  const begin = new Operation(page, "startVerification");
  await begin.open();
  expect(
    await phones.evaluateAll((links) => links.map((link) => link.getAttribute("href"))),
  ).toEqual([twin, twin]);
  await begin.body({ to });
  const begun = await begin.execute();
  expect(begun.status).toBe("201");
  expect(begun.curl).toContain(`curl -X 'POST' \\\n  '${worker}/v1/verifications'`);
  const { id } = JSON.parse(begun.body) as { id: string };

  // Read the code from the twin's phone.
  const inbox = await fetch(`${twin}/inbox.json?to=${encodeURIComponent(to)}`);
  const [text] = (await inbox.json()) as { code: string }[];

  const check = new Operation(page, "checkVerification");
  await check.open();
  await check.parameter("id", id);
  await check.body({ code: text?.code });
  const approved = await check.execute();
  expect(approved.status).toBe("200");
  const session = JSON.parse(approved.body) as { refresh_token: string; session_id: string };

  const refresh = new Operation(page, "refreshSession");
  await refresh.open();
  await refresh.body({ refresh_token: session.refresh_token });
  const refreshed = await refresh.execute();
  expect(refreshed.status).toBe("200");
  const { access_token } = JSON.parse(refreshed.body) as { access_token: string };

  const current = new Operation(page, "readCurrentSession");
  await current.open();
  expect((await current.execute()).status).toBe("401");
  await authorize(page, access_token);
  const read = await current.execute();
  expect(read.status).toBe("200");
  expect(JSON.parse(read.body)).toMatchObject({ session_id: session.session_id, current: true });
  expect(read.curl).toContain(`Authorization: Bearer ${access_token}`);

  const signOut = new Operation(page, "signOut");
  await signOut.open();
  expect((await signOut.execute()).status).toBe("204");
  expect((await current.execute()).status).toBe("401");

  expect(conduct).toEqual({ violations: [], foreign: [], errors: [] });
  // The page stores no token.
  expect(await page.evaluate("localStorage.length + sessionStorage.length")).toBe(0);
});

it("/docs is compressed and cacheable, and is laid out in light, in dark and on a small screen", async () => {
  const { worker } = await start();
  const html = await fetch(`${worker}/docs`);
  expect(html.headers.get("Content-Security-Policy")).not.toContain("unsafe");
  const assets = [...(await html.text()).matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(
    ([, path = ""]) => path,
  );
  expect(assets).toHaveLength(5);
  for (const path of assets) {
    const asset = await fetch(worker + path, { headers: { "Accept-Encoding": "gzip" } });
    expect([path, asset.status, asset.headers.get("Content-Encoding")]).toEqual([
      path,
      200,
      "gzip",
    ]);
    expect(asset.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(asset.headers.get("Cache-Control")).toMatch(
      path === "/openapi.json" ? /max-age=300$/ : /immutable$/,
    );
  }

  for (const [name, colorScheme, width] of [
    ["light", "light", 1280],
    ["dark", "dark", 1280],
    ["small", "light", 320],
    ["small-dark", "dark", 320],
  ] as const) {
    const options = { colorScheme, viewport: { width, height: 900 } };
    const { page, conduct } = await openPage(`${worker}/docs`, options);
    await page.locator(".opblock").first().waitFor();
    const shot = (part: string) =>
      page.screenshot({ path: `test-results/docs-${name}-${part}.png`, fullPage: true });
    await shot("closed");
    const begin = new Operation(page, "startVerification");
    await begin.open();
    await begin.body({ to: "no number" });
    expect((await begin.execute()).status).toBe("422");
    await shot("open");
    // Nothing is wider than the screen.
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    expect(conduct).toEqual({ violations: [], foreign: [], errors: [] });
  }
});
