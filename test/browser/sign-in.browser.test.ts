// The demo of `npm start` in a real browser, used as a user does.
import { describe, expect, it, onTestFinished } from "vitest";
import { expectAccessible } from "./axe.ts";
import {
  focused,
  inbox,
  newestCode,
  newNumber,
  openDemo,
  startAt,
  postToTwin,
  worker,
  wrongCode,
} from "./browser.ts";

describe("a user with a keyboard", () => {
  it("signs in, steps up and signs out, and each step sets the focus and the live region", async () => {
    const page = await openDemo();
    const { to, national } = newNumber();
    await page.locator("#country").focus();
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("number");
    await page.keyboard.type(`(${national.slice(0, 3)}) ${national.slice(3)}`);
    await page.keyboard.press("Enter");
    await page.locator("#code").waitFor();
    expect(await focused(page)).toBe("code");
    const polite = page.locator("phonegate-sign-in [role=status]");
    expect(await polite.textContent()).toMatch(/^We sent it by text to \+1 201 555 \d{4}\.$/);
    await page.keyboard.type(await newestCode(to));
    await page.locator("#session").waitFor();
    expect(await page.locator("#claims").textContent()).toContain("usr_");
    const subject = await page.locator("[data-claim=sub]").textContent();

    await page.locator("#step-up").focus();
    await page.keyboard.press("Enter");
    await page.locator("dialog phonegate-sign-in").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator("dialog #code").waitFor();
    expect(await focused(page)).toBe("code");
    const before = await page.locator("[data-claim=jti]").textContent();
    await page.keyboard.type(await newestCode(to));
    await page.locator("dialog").waitFor({ state: "hidden" });
    expect(await page.locator("[data-claim=jti]").textContent()).not.toBe(before);
    expect(await page.locator("[data-claim=sub]").textContent()).toBe(subject);

    await page.locator("#sign-out").focus();
    await page.keyboard.press("Enter");
    await page.locator("phonegate-sign-in #number").waitFor();
    expect(await page.locator("#session").isHidden()).toBe(true);
  });

  it("can reach and use each control of the code step", async () => {
    const page = await openDemo();
    const { national } = newNumber();
    await startAt(page, national);
    const reached: string[] = [];
    await page.keyboard.press("Shift+Tab");
    reached.push(await focused(page));
    await page.keyboard.press("Tab");
    for (let stop = 0; stop < 3; stop += 1) {
      await page.keyboard.press("Tab");
      reached.push(await focused(page));
    }
    expect(reached).toEqual(["Change the number", "Continue", "Send it again", "Call me instead"]);
    await page.getByRole("button", { name: "Change the number" }).press("Enter");
    expect(await focused(page)).toBe("number");
    expect(await page.locator("#number").inputValue()).toBe(national);
  });
});

describe("the number", () => {
  it("is required, and its error is linked to the field and announced once", async () => {
    const page = await openDemo();
    const field = page.locator("#number");
    await page.getByRole("button", { name: "Continue" }).click();
    expect(await focused(page)).toBe("number");
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(await field.getAttribute("aria-describedby")).toBe("error intro");
    const alert = page.locator("phonegate-sign-in [role=alert]");
    expect(await alert.textContent()).toBe("Enter your phone number.");
    await field.fill("12");
    await field.press("Enter");
    await page.locator("#error", { hasText: "This is not a phone number." }).waitFor();
    expect(await alert.textContent()).toBe(await page.locator("#error").textContent());
    await expectAccessible(page);
  });

  it("changes the chosen country when it begins with a country code", async () => {
    const page = await openDemo();
    const country = page.locator("#country");
    expect(await country.inputValue()).toBe("US");
    await page.locator("#number").fill("+49 1512 3456789");
    expect(await country.inputValue()).toBe("DE");
    await page.locator("#number").fill("+44 7400 123456");
    expect(await country.inputValue()).toBe("GB");
    await country.selectOption("JE");
    await page.locator("#number").fill("+44 7400 123457");
    expect(await country.inputValue()).toBe("JE");
  });

  it("that cannot receive texts is offered a call", async () => {
    const page = await openDemo();
    // This number is a landline in the twin.
    await page.locator("#number").fill("201 555 0160");
    await page.locator("#number").press("Enter");
    await page.locator("#error", { hasText: "A text cannot reach this number." }).waitFor();
    expect(await focused(page)).toBe("Call me instead");
    await expectAccessible(page);
    await page.keyboard.press("Enter");
    await page.locator("#intro", { hasText: "We are calling +1 201 555 0160" }).waitFor();
    await page.locator("#code").fill(await newestCode("+12015550160"));
    await page.locator("#session").waitFor();
  });
});

describe("the code", () => {
  it("may be pasted with spaces and dashes into its one field", async () => {
    const page = await openDemo({ permissions: ["clipboard-read", "clipboard-write"] });
    const { to, national } = newNumber();
    await startAt(page, national);
    const code = await newestCode(to);
    expect(await page.locator("phonegate-sign-in form input").count()).toBe(1);
    const attributes = await page
      .locator("#code")
      .evaluate((input) =>
        ["type", "inputmode", "autocomplete", "dir"].map((name) => input.getAttribute(name)),
      );
    expect(attributes).toEqual(["text", "numeric", "one-time-code", "ltr"]);
    await page.evaluate(
      (text) => navigator.clipboard.writeText(text),
      `${code.slice(0, 3)} - ${code.slice(3)}\n`,
    );
    await page.keyboard.press("Control+V");
    await page.locator("#session").waitFor();
  });

  it("can be corrected in the middle, and a tap puts the caret at the tapped digit", async () => {
    const page = await openDemo();
    const { national } = newNumber();
    await startAt(page, national);
    await page.keyboard.type("1a2 3-45");
    expect(await page.locator("#code").inputValue()).toBe("12345");
    const boxes = page.locator("phonegate-sign-in .box");
    const third = await boxes.nth(2).boundingBox();
    if (third === null) throw new Error("no box");
    await page.mouse.click(third.x + 6, third.y + third.height / 2);
    await page.keyboard.press("Delete");
    expect(await page.locator("#code").inputValue()).toBe("1245");
    expect(await boxes.allTextContents()).toEqual(["1", "2", "4", "5", "", ""]);
  });

  it("that is wrong shows how many tries are left, and the next digit replaces it", async () => {
    const page = await openDemo();
    const { to, national } = newNumber();
    await startAt(page, national);
    const code = await newestCode(to);
    await page.keyboard.type(wrongCode(code));
    await page.locator("#error", { hasText: "This code is wrong. Tries left: 4." }).waitFor();
    const field = page.locator("#code");
    expect(await field.getAttribute("aria-describedby")).toBe("error intro hint");
    expect(await page.locator("phonegate-sign-in [role=alert]").textContent()).toContain("wrong");
    expect(await focused(page)).toBe("code");
    await expectAccessible(page);
    await page.keyboard.type(code);
    await page.locator("#session").waitFor();
  });

  it("that is too short is not sent", async () => {
    const page = await openDemo();
    const { national } = newNumber();
    await startAt(page, national);
    await page.keyboard.type("123");
    await page.keyboard.press("Enter");
    await page.locator("#error", { hasText: "not complete" }).waitFor();
  });

  it("is replaced by a new one for the same number after five wrong codes", async () => {
    const page = await openDemo();
    const { to, national } = newNumber();
    await startAt(page, national);
    const code = await newestCode(to);
    for (const left of [4, 3, 2, 1]) {
      await page.keyboard.type(wrongCode(code));
      await page.locator("#error", { hasText: `Tries left: ${left}.` }).waitFor();
    }
    await page.keyboard.type(wrongCode(code));
    await page.locator("#error", { hasText: "Too many wrong codes." }).waitFor();
    expect(await focused(page)).toBe("Get a new code");
    await expectAccessible(page);
    await page.keyboard.press("Enter");
    await page.locator("#error").waitFor({ state: "hidden" });
    await page.locator("#code").waitFor();
    await page.keyboard.type(await newestCode(to));
    await page.locator("#session").waitFor();
  });

  it("is replaced by a new one for the same number when it has expired at Twilio", async () => {
    const page = await openDemo();
    const { to, national } = newNumber();
    await startAt(page, national);
    const old = await newestCode(to);
    // Only the twin's clock is moved. The Worker learns from Twilio that the code has expired, as
    // in production when the two clocks differ.
    await postToTwin("/twin/clock", { advance_seconds: 601 });
    onTestFinished(() => postToTwin("/twin/reset", {}));
    await page.keyboard.type(old);
    await page.locator("#error", { hasText: "This code has expired." }).waitFor();
    await postToTwin("/twin/reset", {});
    await page.getByRole("button", { name: "Get a new code" }).click();
    await page.locator("#error").waitFor({ state: "hidden" });
    await page.locator("#code").fill(await newestCode(to));
    await page.locator("#session").waitFor();
  });
});

describe("sending again", () => {
  it("waits as long as the Worker says, then texts or calls with the same code", async () => {
    const [texted, called] = await Promise.all([openDemo(), openDemo()]);
    const [one, other] = [newNumber(), newNumber()];
    await startAt(texted, one.national);
    await startAt(called, other.national);
    const again = texted.getByRole("button", { name: "Send it again" });
    expect(await again.getAttribute("aria-disabled")).toBe("true");
    // The countdown is not part of the button's name, and no live region announces it.
    expect(await texted.locator(".countdown").getAttribute("aria-hidden")).toBe("true");
    const status = texted.locator("phonegate-sign-in [role=status]");
    expect(await status.textContent()).not.toMatch(/\d:\d\d/);

    const ready = "phonegate-sign-in .again .link:not([aria-disabled])";
    await texted.locator(ready).first().waitFor({ timeout: 60_000 });
    expect(await status.textContent()).toBe("You can ask for the code again now.");
    await again.click();
    await texted.locator("phonegate-sign-in .again .link[aria-disabled]").first().waitFor();
    await called.locator(ready).first().waitFor({ timeout: 60_000 });
    await called.getByRole("button", { name: "Call me instead" }).click();
    await called.locator("#intro", { hasText: "We are calling +1 201" }).waitFor();

    const texts = await inbox(one.to);
    expect(texts.map(({ channel }) => channel)).toEqual(["sms", "sms"]);
    expect(new Set(texts.map(({ code }) => code)).size).toBe(1);
    const [call, text] = await inbox(other.to);
    expect([call?.channel, text?.channel, call?.code]).toEqual(["call", "sms", text?.code]);
    await called.locator("#code").fill(call?.code ?? "");
    await called.locator("#session").waitFor();
    expect(await called.locator("[data-claim=amr]").textContent()).toBe('["tel"]');
  });

  it("too early, because of a clock that is ahead, is refused and starts a new wait", async () => {
    const page = await openDemo();
    await page.clock.install();
    const { national } = newNumber();
    await startAt(page, national);
    await page.clock.fastForward(31_000);
    await page.getByRole("button", { name: "Send it again" }).click();
    await page.locator("#error", { hasText: "Too many tries. Please wait for" }).waitFor();
    const again = page.getByRole("button", { name: "Send it again" });
    expect(await again.getAttribute("aria-disabled")).toBe("true");
  });
});

describe("the network", () => {
  it("that fails at the code step is reported, and the code is still accepted when it works again", async () => {
    const page = await openDemo();
    const { to, national } = newNumber();
    await startAt(page, national);
    await page.context().setOffline(true);
    await page.keyboard.type(await newestCode(to));
    await page.locator("#error", { hasText: "You are offline." }).waitFor();
    await page.context().setOffline(false);
    await page.locator("#error").waitFor({ state: "hidden" });
    const status = page.locator("phonegate-sign-in [role=status]");
    expect(await status.textContent()).toBe("You are online again.");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.locator("#session").waitFor();
  });

  it("that loses the response to a start causes no second text when the user tries again", async () => {
    const page = await openDemo();
    const { to, national } = newNumber();
    let lost = 0;
    await page.route("**/v1/verifications", async (route) => {
      if (lost === 0) {
        await route.fetch();
        lost += 1;
        await route.abort("connectionreset");
      } else await route.continue();
    });
    await page.locator("#number").fill(national);
    await page.keyboard.press("Enter");
    await page.locator("#error", { hasText: "There was no answer." }).waitFor();
    await page.locator("#number").press("Enter");
    await page.locator("#code").waitFor();
    expect(await inbox(to)).toHaveLength(1);
  });

  it("that is slow shows a message as long as the user waits", async () => {
    const page = await openDemo();
    const { national } = newNumber();
    const { promise: enough, resolve: letGo } = Promise.withResolvers<void>();
    await page.route("**/v1/verifications", async (route) => {
      await enough;
      await route.continue();
    });
    await page.locator("#number").fill(national);
    await page.keyboard.press("Enter");
    await page.locator(".slow", { hasText: "This takes longer than usual" }).waitFor();
    expect(await page.locator("phonegate-sign-in form").getAttribute("aria-busy")).toBe("true");
    letGo();
    await page.locator("#code").waitFor();
  });
});

describe("axe-core finds no problem", () => {
  const settings = {
    "in light": {},
    "in dark": { colorScheme: "dark" },
    "on a narrow screen": { viewport: { width: 320, height: 640 } },
    "in forced colours": { forcedColors: "active" },
  } as const;
  it.each(Object.entries(settings))("on each step %s", async (_name, options) => {
    const page = await openDemo(options);
    const { to, national } = newNumber();
    await expectAccessible(page);
    await startAt(page, national);
    await page.keyboard.type("12");
    await expectAccessible(page);
    await page.locator("#code").fill(await newestCode(to));
    await page.locator("#sessions li").waitFor();
    await expectAccessible(page);
    await page.locator("#step-up").click();
    await page.locator("dialog phonegate-sign-in").waitFor();
    await expectAccessible(page);
  });
});

describe("a narrow screen", () => {
  it("of 320 px has no horizontal scrolling, and every target is large enough", async () => {
    const page = await openDemo({ viewport: { width: 320, height: 640 } });
    const { to, national } = newNumber();
    const fits = async () =>
      page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
    expect(await fits()).toBe(true);
    await startAt(page, national);
    expect(await fits()).toBe(true);
    // WCAG 2.2, 2.5.8 requires at least 24 by 24 pixels.
    for (const button of await page.locator("phonegate-sign-in button").all()) {
      const box = await button.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(24);
    }
    await page.locator("#code").fill(await newestCode(to));
    await page.locator("#sessions li").waitFor();
    expect(await fits()).toBe(true);
  });
});

describe("the demo", () => {
  it("keeps its session after a reload in a cookie that no script can read", async () => {
    const page = await openDemo();
    const { to, national } = newNumber();
    await startAt(page, national);
    await page.locator("#code").fill(await newestCode(to));
    await page.locator("#session").waitFor();
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({
      name: "__Host-phonegate",
      httpOnly: true,
      secure: true,
      sameSite: "Lax",
      path: "/",
    });
    const readable = await page.evaluate(() => document.cookie + JSON.stringify(localStorage));
    expect(readable).not.toContain("rt_");
    const subject = await page.locator("[data-claim=sub]").textContent();
    await page.reload();
    await page.locator("#session").waitFor();
    expect(await page.locator("[data-claim=sub]").textContent()).toBe(subject);
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.locator("#guide").waitFor();
    expect(await page.context().cookies()).toEqual([]);
    await page.reload();
    await page.locator("#guide").waitFor();
  });

  it("serves the element with a short cache time by its name, and with a long one by its hash", async () => {
    const alias = await fetch(`${worker}/elements/sign-in.js`);
    expect(alias.headers.get("Cache-Control")).toContain("max-age=300");
    const manifest = (await (await fetch(`${worker}/elements/manifest.json`)).json()) as {
      "sign-in.js": { path: string };
    };
    const hashed = await fetch(worker + manifest["sign-in.js"].path);
    expect(hashed.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    expect(await hashed.text()).toBe(await alias.text());
    for (const answer of [alias, hashed]) {
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
      expect(answer.headers.get("Content-Type")).toMatch(/^text\/javascript/);
    }
  });
});
