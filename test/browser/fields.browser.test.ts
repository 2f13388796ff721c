// Pasting and typing in the fields for the number and the code, and the countdown beside them.
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import {
  inbox,
  newestCode,
  newNumber,
  openContext,
  openDemo,
  openElement,
  shop,
  startAt,
} from "./browser.ts";

async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
  await page.keyboard.press("Control+V");
}

const withClipboard = { permissions: ["clipboard-read", "clipboard-write"] };

/** Replaces ASCII digits by the digits of the script whose zero is given. */
const inScript = (digits: string, zero: string): string =>
  digits.replace(/\d/g, (digit) =>
    String.fromCodePoint((zero.codePointAt(0) ?? 0) + Number(digit)),
  );

describe("a number when no country is chosen", () => {
  /** Opens a page for which neither the Worker nor the browser gives a country. */
  const openWithoutCountry = (): Promise<Page> =>
    openElement(shop, { lang: "en" }, async (page) => {
      await page.addInitScript(() => {
        Object.defineProperty(navigator, "language", { get: () => "C" });
        Object.defineProperty(navigator, "languages", { get: () => ["C"] });
      });
      await page.route("**/v1/config", async (route) => {
        const response = await route.fetch();
        const { country: _country, ...config } = (await response.json()) as { country?: string };
        await route.fulfill({ response, json: config });
      });
    });

  it.each([
    ["between direction marks", (n: string) => `\u202a+1 ${n}\u202c`],
    ["with a left-to-right mark", (n: string) => `\u200e+1${n}\u200e`],
    ["with a full-width plus and digits", (n: string) => `＋${inScript(`1${n}`, "０")}`],
    ["in Arabic digits", (n: string) => `+${inScript(`1${n}`, "٠")}`],
    ["in Devanagari digits", (n: string) => `+${inScript(`1 ${n}`, "०")}`],
    ["with brackets and dashes", (n: string) => `(+1) ${n.slice(0, 3)}‑${n.slice(3)}`],
  ])("is accepted %s", async (_name, write) => {
    const page = await openWithoutCountry();
    expect(await page.locator("#country").inputValue()).toBe("");
    const { to, national } = newNumber();
    await page.locator("#number").fill(write(national));
    expect(await page.locator("#country").inputValue()).toBe("US");
    await page.locator("#number").press("Enter");
    await page.locator("#code").waitFor();
    expect(await inbox(to)).toHaveLength(1);
  });

  it.each(["2015550123", "0012015550123", "(201) 555 0123"])(
    "needs a country when it has no plus: %s",
    async (number) => {
      const page = await openWithoutCountry();
      await page.locator("#number").fill(number);
      await page.locator("#number").press("Enter");
      await page.locator("#error", { hasText: "Choose your country." }).waitFor();
    },
  );
});

it("a number that begins with 00 does not change the chosen country, because 00 can be its exit code", async () => {
  const page = await openDemo();
  await page.locator("#country").selectOption("HK");
  await page.locator("#number").fill("001 65 8321 4567");
  expect(await page.locator("#country").inputValue()).toBe("HK");
});

describe("a message that is pasted into the code field", () => {
  it("is searched for digits of the code's length, and they are sent", async () => {
    const page = await openDemo(withClipboard);
    const { to, national } = newNumber();
    await startAt(page, national);
    const sent = page.waitForRequest("**/check");
    const code = await newestCode(to);
    await paste(page, `Your Club 7 verification code is: ${code}`);
    expect((await sent).postDataJSON()).toMatchObject({ code });
    await page.locator("#session").waitFor();
  });

  it.each([
    "Your Club 7 verification code is: 12345",
    "123456 or 654321",
    "12345678",
    "Call 1-800-555555",
  ])("sends nothing and changes nothing without exactly one code: %s", async (text) => {
    const page = await openDemo(withClipboard);
    const { national } = newNumber();
    await startAt(page, national);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.keyboard.type("12");
    await paste(page, text);
    expect(await page.locator("#code").inputValue()).toBe("12");
    await page.keyboard.type("3");
    expect(await page.locator("#code").inputValue()).toBe("123");
    expect(asked).toEqual([]);
  });

  it("replaces the typed digits, and a pasted part of a code is added to them", async () => {
    const page = await openDemo(withClipboard);
    const { to, national } = newNumber();
    await startAt(page, national);
    const code = await newestCode(to);
    await page.keyboard.type("99");
    await paste(page, code);
    await page.locator("#session").waitFor();

    const other = await openDemo(withClipboard);
    const second = newNumber();
    await startAt(other, second.national);
    const parts = await newestCode(second.to);
    await paste(other, parts.slice(0, 3));
    expect(await other.locator("#code").inputValue()).toBe(parts.slice(0, 3));
    await paste(other, parts.slice(3));
    await other.locator("#session").waitFor();
  });
});

it.each([
  ["Arabic", "٠"],
  ["Persian", "۰"],
  ["Devanagari", "०"],
  ["Bengali", "০"],
  ["Thai", "๐"],
  ["full-width", "０"],
  ["Adlam", "\u{1E950}"],
])("a code is typed in %s digits", async (_name, zero) => {
  const page = await openDemo();
  const { to, national } = newNumber();
  await startAt(page, national);
  for (const digit of await newestCode(to)) await page.keyboard.insertText(inScript(digit, zero));
  await page.locator("#session").waitFor();
});

it("an extra digit or a letter does not send the code a second time", async () => {
  const page = await openDemo();
  const { to, national } = newNumber();
  await startAt(page, national);
  const code = await newestCode(to);
  const last = Number(code.at(-1));
  let checks = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/check")) checks += 1;
  });
  await page.keyboard.type(`${code.slice(0, -1)}${(last + 1) % 10}`);
  await page.locator("#error", { hasText: "Tries left: 4." }).waitFor();
  await page.keyboard.press("End");
  await page.keyboard.type("7x");
  expect(await page.locator("#code").inputValue()).toBe(`${code.slice(0, -1)}${(last + 1) % 10}`);
  await page.keyboard.press("Backspace");
  await page.keyboard.type(String(last));
  await page.locator("#session").waitFor();
  expect(checks).toBe(2);
});

describe("the wait before the code may be sent again", () => {
  it.each([-5 * 60_000, 5 * 60_000, -86_400_000])(
    "is the Worker's on a device whose clock differs by %i ms",
    async (off) => {
      const { context } = await openContext();
      const page = await context.newPage();
      await page.addInitScript((difference) => {
        const { now } = Date;
        Date.now = () => now() + difference;
      }, off);
      await page.goto(`${shop}/`);
      const { national } = newNumber();
      await page.locator("#country:not([disabled])").waitFor({ state: "attached" });
      await startAt(page, national);
      // It is empty if this machine took more than half a minute.
      expect(await page.locator(".countdown").innerText()).toMatch(/^(0:30|0:[0-2]\d|)$/);
    },
  );

  it("continues when the device's clock is set back", async () => {
    const page = await openDemo();
    const { national } = newNumber();
    await startAt(page, national);
    await page.evaluate(() => {
      const { now } = Date;
      Date.now = () => now() - 300_000;
    });
    await page.locator(".countdown", { hasText: /^0:[0-2]\d$/ }).waitFor();
  });
});
