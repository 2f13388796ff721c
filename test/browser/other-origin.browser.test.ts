// Pages on other origins than the Worker's: the example page, two tabs, other languages.
import type { Page } from "playwright-core";
import type * as module from "../../src/client/browser/sign-in/sign-in.ts";
import { describe, expect, it } from "vitest";
import { expectAccessible } from "./axe.ts";
import {
  configured,
  newestCode,
  newNumber,
  openContext,
  openElement,
  openPage,
  otherSite,
  shop,
  startAt,
  worker,
} from "./browser.ts";

type PhonegateModule = typeof module;

async function signInAt(page: Page): Promise<void> {
  const { to, national } = newNumber();
  await configured(page);
  await startAt(page, national);
  await page.locator("#code").fill(await newestCode(to));
}

describe("a page of another origin", () => {
  it("signs a user in with two lines, and keeps the session after a reload", async () => {
    const page = await openPage(shop);
    await signInAt(page);
    await page.locator("#who", { hasText: "Hello usr_" }).waitFor();
    const hello = await page.locator("#who").textContent();
    await page.reload();
    await page.locator("#who", { hasText: "Hello usr_" }).waitFor();
    expect(await page.locator("#who").textContent()).toBe(hello);
    await page.locator("#out").click();
    await page.locator("phonegate-sign-in #number").waitFor();
  });

  it("loads only from its own origin and the Worker's", async () => {
    const { context, watched } = await openContext();
    const page = await context.newPage();
    await page.goto(shop);
    await signInAt(page);
    await page.locator("#who", { hasText: "Hello usr_" }).waitFor();
    const origins = new Set(watched.requests.map(({ origin }) => origin));
    expect(origins).toEqual(new Set([new URL(shop).origin, worker]));
  });
});

describe("the cookie", () => {
  const refreshAgain = (page: Page) =>
    page.evaluate(async (baseUrl) => {
      const { createPhonegate } = Reflect.get(globalThis, "phonegate") as PhonegateModule;
      const fresh = createPhonegate({ baseUrl, transport: "cookie" });
      return fresh.refresh().then(
        (session) => session.refreshToken ?? session.subject.slice(0, 4),
        (error: { code: string }) => error.code,
      );
    }, worker);

  it("works for another origin of the same site, and is deleted at the sign-out", async () => {
    const page = await openElement(shop, { transport: "cookie" });
    await signInAt(page);
    await page.locator("phonegate-sign-in .done").waitFor();
    expect((await page.context().cookies(worker)).map(({ name }) => name)).toEqual([
      "__Host-phonegate",
    ]);
    expect(await refreshAgain(page)).toBe("usr_");
    await page.evaluate(() => document.querySelector("phonegate-sign-in")?.client.signOut());
    await page.locator("phonegate-sign-in #number").waitFor();
    expect(await page.context().cookies(worker)).toEqual([]);
    expect(await refreshAgain(page)).toBe("invalid_token");
  });

  it("is refused to a page of another site, and the refusal does not use up the code", async () => {
    const page = await openElement(otherSite, { transport: "cookie" });
    await signInAt(page);
    await page.locator("#error").waitFor();
    expect(await page.context().cookies(worker)).toEqual([]);
  });
});

describe("two tabs", () => {
  it("that refresh at the same time make one refresh, and both keep the session", async () => {
    const { context, watched } = await openContext();
    const [one, two] = [await context.newPage(), await context.newPage()];
    await one.goto(shop);
    await signInAt(one);
    await one.locator("#who", { hasText: "Hello usr_" }).waitFor();
    await two.goto(shop);
    await two.locator("#who", { hasText: "Hello usr_" }).waitFor();
    const refreshes = () =>
      watched.requests.filter(({ pathname }) => pathname === "/v1/sessions/refresh").length;
    const refresh = (page: Page) =>
      page.evaluate(async () => {
        const { client } = document.querySelector("phonegate-sign-in")!;
        return (await client.refresh()).accessToken;
      });
    // Delay the first response, so that the second tab asks while a refresh is in flight.
    const { promise: bothAsked, resolve: letGo } = Promise.withResolvers<void>();
    await context.route("**/v1/sessions/refresh", async (route) => {
      await bothAsked;
      await route.continue();
    });
    const first = refresh(one);
    await one.waitForRequest("**/v1/sessions/refresh").catch(() => undefined);
    const second = refresh(two);
    await two.waitForFunction(async () => {
      const { pending = [] } = await navigator.locks.query();
      return pending.length > 0;
    });
    letGo();
    expect(await second).toBe(await first);
    expect(refreshes()).toBe(1);
    await refresh(two);
    await refresh(one);
    expect(refreshes()).toBe(3);
  });
});

describe("a language", () => {
  it("that is written from right to left keeps the number and the code from left to right", async () => {
    const page = await openElement(shop, { lang: "ar" });
    const card = page.locator("phonegate-sign-in .card");
    expect(await card.getAttribute("dir")).toBe("rtl");
    await page.locator("h2", { hasText: "تسجيل الدخول إلى Phonegate" }).waitFor();
    const { to, national } = newNumber();
    await startAt(page, national);
    await expectAccessible(page);
    expect(await page.locator("bdi").getAttribute("dir")).toBe("ltr");
    const code = await newestCode(to);
    await page.keyboard.type("12");
    const boxes = page.locator("phonegate-sign-in .box");
    const [first, second] = [await boxes.nth(0).boundingBox(), await boxes.nth(1).boundingBox()];
    expect(first?.x).toBeLessThan(second?.x ?? 0);
    expect(await boxes.first().textContent()).toBe("1");
    // Some keyboards give Arabic-Indic digits.
    const arabic = code.replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit)));
    await page.locator("#code").fill(arabic);
    await page.locator("phonegate-sign-in h2", { hasText: "تم تسجيل دخولك" }).waitFor();
    await expectAccessible(page);
  });

  it.each([
    ["es-MX", "Inicia sesión en Phonegate", "Alemania (+49)"],
    ["de", "Bei Phonegate anmelden", "Deutschland (+49)"],
    ["en-GB", "Sign in to Phonegate", "Germany (+49)"],
    ["tlh", "Sign in to Phonegate", "Germany (+49)"],
  ])("%s has its own texts and country names", async (lang, title, germany) => {
    const page = await openElement(shop, { lang });
    await page.locator("h2", { hasText: title }).waitFor();
    const option = page.locator("#country option[value=DE]");
    expect(await option.textContent()).toBe(germany);
  });

  it("may be replaced by the page, text by text, and a text with an unknown name is refused", async () => {
    const page = await openElement(shop, {});
    const refused = await page.evaluate(() => {
      const signIn = document.querySelector("phonegate-sign-in")!;
      signIn.texts = { send: "Go" };
      try {
        Reflect.set(signIn, "texts", { sent: "Go" });
        return "";
      } catch (error) {
        return String(error);
      }
    });
    expect(refused).toBe("TypeError: there is no text sent");
    await page.getByRole("button", { name: "Go" }).waitFor();
  });
});

describe("an element that is already on the page", () => {
  const typed = (page: Page) => page.locator("#number").inputValue();

  it("accepts another client, restarts with it, and has one connection", async () => {
    const page = await openElement(shop, {});
    await page.locator("#number").fill("12");
    await page.evaluate((baseUrl) => {
      const { createPhonegate } = Reflect.get(globalThis, "phonegate") as PhonegateModule;
      const client = createPhonegate({ baseUrl });
      const signIn = document.querySelector("phonegate-sign-in")!;
      signIn.client = client;
      const opened: string[] = [];
      Reflect.set(globalThis, "opened", opened);
      client.onSession((session) => opened.push(session?.subject.slice(0, 4) ?? ""));
      signIn.addEventListener("phonegate-session", () => opened.push("event"));
    }, worker);
    expect(await typed(page)).toBe("");
    await signInAt(page);
    await page.locator("phonegate-sign-in .done").waitFor();
    const opened: unknown = await page.evaluate(() => Reflect.get(globalThis, "opened") as unknown);
    expect(opened).toEqual(["usr_", "event"]);
  });

  it("keeps the typed text when the page sets the same client or equal texts again", async () => {
    const page = await openElement(shop, {});
    const give = () =>
      page.evaluate(() => {
        const signIn = document.querySelector("phonegate-sign-in")!;
        signIn.texts = { send: "Go" };
        const { client } = signIn;
        signIn.client = client;
      });
    await give();
    await page.locator("#number").fill("12");
    await give();
    expect(await typed(page)).toBe("12");
    await page.getByRole("button", { name: "Go" }).waitFor();
  });
});

describe("the element's events", () => {
  it.each([":", "-"])(
    "named with %j report the session, errors and steps outside the shadow tree",
    async (mark) => {
      const page = await openElement(shop, {});
      await page.evaluate((between) => {
        const events: unknown[] = [];
        Reflect.set(globalThis, "events", events);
        for (const name of ["session", "error", "step"])
          document.addEventListener(`phonegate${between}${name}`, (event) => {
            const { detail } = event as CustomEvent<string | { code?: string; subject?: string }>;
            const what = typeof detail === "string" ? detail : (detail.code ?? detail.subject);
            events.push(`${name}: ${String(what).slice(0, 20)}`);
          });
      }, mark);
      await page.locator("#number").fill("12");
      await page.locator("#number").press("Enter");
      await page.locator("#error").waitFor();
      await signInAt(page);
      await page.locator("phonegate-sign-in .done").waitFor();
      const events: unknown = await page.evaluate(
        () => Reflect.get(globalThis, "events") as unknown,
      );
      expect(events).toEqual([
        "error: invalid_phone_number",
        "step: code",
        "step: done",
        expect.stringMatching(/^session: usr_/),
      ]);
    },
  );
});

it("the element returns to the number step when its session was ended elsewhere, and says why", async () => {
  const page = await openElement(shop, { store: "session" });
  await signInAt(page);
  await page.locator("phonegate-sign-in .done").waitFor();
  const token = await page.evaluate(() =>
    document.querySelector("phonegate-sign-in")!.client.accessToken(),
  );
  await fetch(`${worker}/v1/sessions`, {
    method: "DELETE",
    headers: { Authorization: `Bearer ${token}` },
  });
  await page.evaluate(() =>
    document
      .querySelector("phonegate-sign-in")!
      .client.refresh()
      .catch(() => undefined),
  );
  await page.locator("#error", { hasText: "You were signed out." }).waitFor();
  await page.locator("#number").waitFor();
});
