// The element in its own languages, and on pages in other languages.
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { english, type Texts } from "../../src/client/browser/sign-in/texts.ts";
import { expectAccessible } from "./axe.ts";
import { newestCode, newNumber, openElement, shop, startAt } from "./browser.ts";

/** Returns the texts that the element shows or announces, with their language and direction. */
const words = (page: Page) =>
  page.evaluate(() => {
    const root = document.querySelector("phonegate-sign-in")!.shadowRoot!;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found: { text: string; lang: string | undefined; dir: string; align: string }[] = [];
    while (walker.nextNode()) {
      const { parentElement: parent, textContent: text } = walker.currentNode;
      if (parent === null || text === null || !/\p{L}/u.test(text)) continue;
      if (parent.closest("style, .chosen, [hidden]")) continue;
      const { direction: dir, textAlign: align } = getComputedStyle(parent);
      found.push({ text, lang: parent.closest<HTMLElement>("[lang]")?.lang, dir, align });
    }
    return found;
  });

async function expectLanguage(page: Page, lang: string, dir: string): Promise<void> {
  const found = await words(page);
  expect(found.length).toBeGreaterThan(5);
  expect(found.filter((each) => each.lang !== lang || each.dir !== dir)).toEqual([]);
  const card = page.locator("phonegate-sign-in .card");
  expect([await card.getAttribute("lang"), await card.getAttribute("dir")]).toEqual([lang, dir]);
}

const openAt = (lang: string, prepare?: (page: Page) => Promise<unknown>): Promise<Page> =>
  openElement(shop, { lang }, prepare);

describe("the element has the language", () => {
  it.each([
    ["ar", "rtl", "تسجيل الدخول إلى Phonegate", "ألمانيا (+49)", "الرمز غير صحيح."],
    ["de-AT", "ltr", "Bei Phonegate anmelden", "Deutschland (+49)", "Der Code ist falsch."],
    ["en-GB", "ltr", "Sign in to Phonegate", "Germany (+49)", "This code is wrong."],
    ["es-MX", "ltr", "Inicia sesión en Phonegate", "Alemania (+49)", "El código no es correcto."],
    ["fr", "ltr", "Connexion à Phonegate", "Allemagne (+49)", "Ce code est incorrect."],
    ["hi", "ltr", "Phonegate में साइन इन करें", "जर्मनी (+49)", "यह कोड ग़लत है।"],
    ["it", "ltr", "Accedi a Phonegate", "Germania (+49)", "Il codice è errato."],
    ["ja", "ltr", "Phonegate にログイン", "ドイツ (+49)", "コードが正しくありません。"],
    ["pt-BR", "ltr", "Entrar em Phonegate", "Alemanha (+49)", "Este código está errado."],
    ["zh-CN", "ltr", "登录 Phonegate", "德国 (+49)", "验证码错误。"],
  ])("%s, and marks each step with it", async (lang, dir, title, germany, wrongCode) => {
    const page = await openAt(lang);
    await page.locator("h2", { hasText: title }).waitFor();
    expect(await page.locator("#country option[value=DE]").textContent()).toBe(germany);
    await expectLanguage(page, lang, dir);
    const { to, national } = newNumber();
    await startAt(page, national);
    await expectLanguage(page, lang, dir);
    const code = await newestCode(to);
    await page.locator("#code").fill(code.replace(/\d$/, (digit) => `${(Number(digit) + 1) % 10}`));
    await page.locator("#error", { hasText: wrongCode }).waitFor();
    await expectLanguage(page, lang, dir);
    await expectAccessible(page);
    await page.locator("#code").fill(code);
    await page.locator("phonegate-sign-in .done").waitFor();
    await expectAccessible(page);
  });

  it("also for other tags of the same language", async () => {
    for (const [lang, shown, title] of [
      ["pt-PT", "pt-BR", "Entrar em Phonegate"],
      ["pt", "pt", "Entrar em Phonegate"],
      ["zh", "zh", "登录 Phonegate"],
      ["zh-SG", "zh-SG", "登录 Phonegate"],
      ["fr_CA.UTF-8", "fr-CA", "Connexion à Phonegate"],
    ] as const) {
      const page = await openAt(lang);
      await page.locator("h2", { hasText: title }).waitFor();
      await expectLanguage(page, shown, "ltr");
    }
  });
});

describe("a page in a language that the element does not have", () => {
  it.each(["he", "fa-IR", "ko", "zh-TW", "hi-Latn", "tlh"])(
    "%s shows English, with the language and direction of English",
    async (lang) => {
      const page = await openAt(lang, (opened) =>
        opened.addInitScript(() => {
          addEventListener("DOMContentLoaded", () => {
            document.documentElement.dir = "rtl";
          });
        }),
      );
      await page.locator("h2", { hasText: "Sign in to Phonegate" }).waitFor();
      await expectLanguage(page, "en", "ltr");
      const answer = { code: "rate_limited", detail: "", title: "", status: 429, type: "" };
      await page.route("**/v1/verifications", (route) =>
        route.fulfill({
          status: 429,
          headers: {
            "Retry-After": "300",
            "Access-Control-Allow-Origin": shop,
            "Access-Control-Expose-Headers": "Retry-After",
          },
          contentType: "application/problem+json",
          body: JSON.stringify(answer),
        }),
      );
      await page.locator("#number").fill(newNumber().national);
      await page.locator("#number").press("Enter");
      const error = page.locator("#error", { hasText: "Please wait for 5 minutes." });
      await error.waitFor();
      await expectLanguage(page, "en", "ltr");
      await expectAccessible(page);
    },
  );
});

describe("the language of the browser", () => {
  it.each(["en-US@posix", "C", "", "de_DE.UTF-8", "x-foo"])(
    "%j does not break the list of countries",
    async (language) => {
      const page = await openElement(shop, {}, async (opened) => {
        await opened.addInitScript((name) => {
          Object.defineProperty(navigator, "language", { get: () => name });
          Object.defineProperty(navigator, "languages", { get: () => [name] });
          // Neither the page nor the Worker gives a language or a country.
          addEventListener("DOMContentLoaded", () =>
            document.documentElement.removeAttribute("lang"),
          );
        }, language);
        await opened.route("**/v1/config", async (route) => {
          const response = await route.fetch();
          const { country: _country, ...config } = (await response.json()) as { country?: string };
          await route.fulfill({ response, json: config });
        });
      });
      expect(await page.locator("#country option").count()).toBeGreaterThan(200);
      const chosen = { "en-US@posix": "US", "de_DE.UTF-8": "DE" }[language] ?? "";
      expect(await page.locator("#country").inputValue()).toBe(chosen);
    },
  );
});

describe("texts of the page", () => {
  const hebrew = Object.fromEntries(
    Object.entries(english).map(([name, text]) => [
      name,
      text.replace(/[A-Za-z]+(?![^{]*\})/g, "מילה"),
    ]),
  ) as unknown as Texts;

  const setTexts = (page: Page, texts: object): Promise<string> =>
    page.evaluate((own) => {
      try {
        document.querySelector("phonegate-sign-in")!.texts = own;
        return "";
      } catch (error) {
        return String(error);
      }
    }, texts);

  it("are marked with the page's language, and their durations are in that language", async () => {
    const page = await openAt("he");
    await setTexts(page, hebrew);
    await expectLanguage(page, "he", "rtl");
    await page.route("**/v1/verifications", (route) =>
      route.fulfill({
        status: 429,
        headers: {
          "Retry-After": "300",
          "Access-Control-Allow-Origin": shop,
          "Access-Control-Expose-Headers": "Retry-After",
        },
        json: { code: "rate_limited" },
      }),
    );
    await page.locator("#number").fill(newNumber().national);
    await page.locator("#number").press("Enter");
    await page.locator("#error", { hasText: "5 דקות" }).waitFor();
    await expectLanguage(page, "he", "rtl");
  });

  it("are marked one by one when the other texts are English", async () => {
    const page = await openAt("he");
    await setTexts(page, { send: "המשך" });
    const found = await words(page);
    expect(found.filter(({ lang }) => lang === "he").map(({ text }) => text)).toEqual(["המשך"]);
    expect(new Set(found.map(({ lang }) => lang))).toEqual(new Set(["en", "he"]));
    expect(await page.locator("phonegate-sign-in .card").getAttribute("lang")).toBe("en");
  });

  it("may name their language, which can differ from the page's", async () => {
    const page = await openAt("en");
    expect(await setTexts(page, { ...hebrew, lang: "he" })).toBe("");
    await expectLanguage(page, "he", "rtl");
    for (const lang of ["", "Hebrew!", "HE", "he_IL"])
      expect(await setTexts(page, { lang })).toContain("TypeError: texts.lang must be");
  });

  it("keep their title when the app's name is known, unless they have a title with the name", async () => {
    const page = await openAt("en");
    await setTexts(page, { title: "Welcome" });
    await page.locator("h2", { hasText: /^Welcome$/ }).waitFor();
    const early = await openElement(shop, { lang: "en" }, (opened) =>
      opened.addInitScript(() => {
        // Sets the texts after the element is created and before it is put into the page.
        const create = document.createElement.bind(document);
        document.createElement = (name: string) => {
          const made = create(name);
          if (name === "phonegate-sign-in") Reflect.set(made, "texts", { title: "Welcome" });
          return made;
        };
      }),
    );
    await early.locator("h2", { hasText: /^Welcome$/ }).waitFor();
    await setTexts(page, { title: "Welcome", titleFor: "Welcome to {app}" });
    await page.locator("h2", { hasText: /^Welcome to Phonegate$/ }).waitFor();
  });

  it("that are set later keep the typed text", async () => {
    const page = await openAt("en");
    await page.locator("#number").fill("+49 1512 3456789");
    await setTexts(page, { send: "Go" });
    await page.getByRole("button", { name: "Go" }).waitFor();
    expect(await page.locator("#number").inputValue()).toBe("+49 1512 3456789");
    expect(await page.locator("#country").inputValue()).toBe("DE");
  });
});

describe("the file of a language", () => {
  const files = "**/elements/languages/**";

  it("is loaded once, from the folder of the script, and English needs none", async () => {
    const asked: string[] = [];
    const watch = async (page: Page) => {
      page.on("request", (request) => {
        if (request.url().includes("/languages/")) asked.push(request.url());
      });
    };
    await openAt("en", watch);
    expect(asked).toEqual([]);
    await openAt("it", watch);
    expect(asked).toEqual([expect.stringMatching(/\/elements\/languages\/[\da-f]{12}\/it\.json$/)]);
  });

  it("that cannot be loaded, or was removed with an earlier build, leaves English", async () => {
    for (const answer of ["lost", "gone"] as const) {
      const page = await openAt("fr", (opened) =>
        opened.route(files, async (route) => {
          if (answer === "lost") return route.abort();
          // The Worker answers a missing file with JSON too.
          const response = await route.fetch({ url: route.request().url().replace("fr", "xx") });
          expect(response.status()).toBe(404);
          return route.fulfill({ response });
        }),
      );
      await page.locator("h2", { hasText: "Sign in to Phonegate" }).waitFor();
      await expectLanguage(page, "en", "ltr");
    }
  });

  it("that loads slowly delays the element, and the requested focus is set afterwards", async () => {
    const { promise: enough, resolve: letGo } = Promise.withResolvers<void>();
    const page = await openElement(shop, { lang: "en" }, (opened) =>
      opened.route(files, async (route) => {
        await enough;
        await route.continue();
      }),
    );
    await page.evaluate(() => {
      const signIn = document.createElement("phonegate-sign-in");
      signIn.lang = "it";
      document.querySelector("phonegate-sign-in")!.replaceWith(signIn);
      signIn.focus();
    });
    expect(await page.locator("phonegate-sign-in form").count()).toBe(0);
    letGo();
    await page.locator("h2", { hasText: "Accedi" }).waitFor();
    const id = await page.evaluate(
      () => document.querySelector("phonegate-sign-in")!.shadowRoot?.activeElement?.id,
    );
    expect(id).toBe("number");
  });

  it("is loaded again when the element's language changes, and the typed text stays", async () => {
    const page = await openAt("en");
    await page.locator("#number").fill("201 555");
    await page.evaluate(() =>
      document.querySelector("phonegate-sign-in")!.setAttribute("lang", "ja"),
    );
    await page.locator("h2", { hasText: "Phonegate にログイン" }).waitFor();
    expect(await page.locator("#number").inputValue()).toBe("201 555");
    await expectLanguage(page, "ja", "ltr");
  });
});
