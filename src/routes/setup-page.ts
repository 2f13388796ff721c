import { ownKeyNames, secretNames } from "../config/secret-names.ts";
import { Router } from "../http/router.ts";
import { setupPage, type SetupProblems } from "../pages/setup-page.ts";
import { setupScript, setupStyle } from "../pages/setup-script.ts";

/** As long as settings are missing, `/` explains how to set them. Otherwise the next route answers. */
export const setup = new Router().get("/", async (c, next) => {
  const outcome = c.var.configOutcome;
  if (outcome.kind === "ok") return next();
  c.header("Content-Security-Policy", await policy());
  c.header("X-Robots-Tag", "noindex");
  return c.html(setupPage(sorted(outcome.problems)), 503);
});

function sorted(problems: readonly string[]): SetupProblems {
  const named = problems.map((problem) => {
    const at = problem.indexOf(": ");
    return { name: problem.slice(0, at), cure: problem.slice(at + 2) };
  });
  const isKey = (name: string) => ownKeyNames.some((each) => each === name);
  const isSecret = (name: string) => secretNames.some((each) => each === name);
  const once = new Map(named.filter(({ name }) => isKey(name)).map((each) => [each.name, each]));
  return {
    keys: [...once.values()],
    secrets: named.filter(({ name }) => isSecret(name) && !isKey(name)),
    settings: named.filter(({ name }) => !isSecret(name)),
  };
}

/** Allows only the page's own script and style, by their hashes, and no connections. */
async function policy(): Promise<string> {
  const [script, style] = await Promise.all([hashOf(setupScript), hashOf(setupStyle)]);
  return `default-src 'none'; script-src '${script}'; style-src '${style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}
