import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Fails if axe-core finds a problem on the page, also inside shadow trees. */
export async function expectAccessible(page: Page): Promise<void> {
  // Finish animations, because an element that fades in has too little contrast.
  await page.evaluate(() =>
    Promise.all(
      [document, ...[...document.querySelectorAll("*")].map(({ shadowRoot }) => shadowRoot)]
        .flatMap((root) => root?.getAnimations() ?? [])
        .filter((animation) => animation.effect?.getTiming().iterations !== Infinity)
        .map((animation) => animation.finished),
    ),
  );
  // This runs the script as DevTools would, so that the page's policy does not block it.
  await page.evaluate(`(() => { ${source} })(); undefined`);
  const found = await page.evaluate(async (runOnly) => {
    const axe = Reflect.get(globalThis, "axe") as {
      run(options: object): Promise<AxeResults>;
    };
    const { violations } = await axe.run({ runOnly });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  }, tags);
  expect(found).toEqual([]);
}
