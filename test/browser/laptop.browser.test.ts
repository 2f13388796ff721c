// Runs the recipes of docs/laptop.md unchanged, except for the Worker's port.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import {
  app,
  appInNetwork,
  configured,
  newestCode,
  newNumber,
  openPage,
  startAt,
  worker,
  workerInNetwork,
} from "./browser.ts";

/** Reads the recipe and replaces the default port by the Worker's port. */
async function recipe(name: string): Promise<string> {
  const text = await readFile(join(import.meta.dirname, "../examples/plain", name), "utf8");
  return text.replaceAll(":8787", `:${new URL(worker).port}`);
}

/** Serves one page at the app's port. */
async function serve(page: string): Promise<void> {
  const server = createServer((_request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(page);
  });
  server.listen(Number(new URL(app).port), "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
}

it("the cookie keeps the user signed in after a reload, with the app and the Worker on localhost", async () => {
  const recipeBody = await recipe("cookie.html");
  await serve(`<!doctype html><html lang="en"><title>App</title>${recipeBody}`);
  const page = await openPage(app.replace("127.0.0.1", "localhost"));
  await configured(page);
  const { to, national } = newNumber();
  await startAt(page, national);
  await page.locator("#code").fill(await newestCode(to));
  await page.locator("phonegate-sign-in .done").waitFor();
  await page.reload();
  await page.locator("phonegate-sign-in .done").waitFor();
  const cookies = await page.context().cookies();
  expect(cookies).toMatchObject([
    { name: "__Host-phonegate", httpOnly: true, domain: "localhost" },
  ]);
});

it("a phone in the local network signs in over HTTP on the developer's page", async () => {
  const script = await recipe("on-a-phone.js");
  await serve(`<!doctype html><html lang="en"><title>App</title>
    <phonegate-sign-in store="local"></phonegate-sign-in><script type="module">${script}</script>`);
  const page = await openPage(appInNetwork);
  expect(await page.evaluate(() => isSecureContext)).toBe(false);
  await configured(page);
  const { to, national } = newNumber();
  await startAt(page, national);
  await page.locator("#code").fill(await newestCode(to));
  await page.locator("phonegate-sign-in .done").waitFor();
  await page.reload();
  await page.locator("phonegate-sign-in .done").waitFor();
  const token = await page.evaluate(() =>
    document
      .querySelector("phonegate-sign-in")!
      .client.refresh()
      .then((session) => session.accessToken),
  );
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
  // Backends on the laptop still verify the token with the same issuer.
  expect(JSON.parse(payload)).toMatchObject({ iss: worker });
});

it("a phone in the local network uses the demo, which links to the page with the codes", async () => {
  const page = await openPage(workerInNetwork);
  await configured(page);
  await page.getByText("on the computer that runs npm start").waitFor();
  const { to, national } = newNumber();
  await startAt(page, national);
  await page.locator("#code").fill(await newestCode(to));
  await page.locator("#claims dd[data-claim=sub]").waitFor();
  await page.reload();
  await page.locator("#claims dd[data-claim=sub]").waitFor();
  await page.getByRole("button", { name: "Step up" }).click();
  await page.getByRole("button", { name: "Send the code" }).click();
  await page.locator("dialog #code").waitFor();
  await page.locator("dialog #code").fill(await newestCode(to));
  await page.locator("#note", { hasText: "Stepped up" }).waitFor();
});
