import { html, raw } from "hono/html";
import { setupScript, setupStyle } from "./setup-script.ts";

/** What is missing or wrong: a setting's name and the cure, never a value. */
export interface SetupProblem {
  readonly name: string;
  readonly cure: string;
}

export interface SetupProblems {
  /** Keys that the visitor's browser can make. */
  readonly keys: readonly SetupProblem[];
  readonly secrets: readonly SetupProblem[];
  readonly settings: readonly SetupProblem[];
}

/** The page of a Worker that cannot work yet. It knows nothing of it but the names of what is wrong. */
export function setupPage({ keys, secrets, settings }: SetupProblems) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>Set up Phonegate</title>
        ${block("style", setupStyle)}
      </head>
      <body>
        <main>
          <h1>Phonegate is deployed, and not set up yet</h1>
          <p>
            This page lists what is missing, and vanishes when nothing is. It shows no value that
            the Worker holds. With a clone on your machine, <code>npm run setup</code> does all of
            it.
          </p>
          ${keys.length > 0 ? keySection(keys) : ""}
          ${secrets.length > 0 ? secretSection(secrets) : ""}
          ${settings.length > 0 ? settingSection(settings) : ""}
          <h2>Then</h2>
          <p>Reload this page. <code>/healthz</code> says the same for machines.</p>
        </main>
        ${block("script", setupScript)}
      </body>
    </html>`;
}

/** Not a space more than its text, since the policy names that text's hash. */
const block = (tag: "script" | "style", text: string) => raw(`<${tag}>${text}</${tag}>`);

const whereSecretsGo = html`<p>
  Each is a <strong>secret</strong>: in the Cloudflare dashboard, this Worker, Settings, Variables
  and Secrets, Add, type Secret; or <code>npx wrangler secret put NAME</code>.
</p>`;

function keySection(keys: readonly SetupProblem[]) {
  return html`<section>
    <h2>Keys</h2>
    <p>
      Made in your browser, sent nowhere: the page is not allowed to connect to anything. Keep a
      copy of <code>SUBJECT_KEY</code> in your password manager; with another one every user is a
      new one. If this Worker has had users before, put back the keys that it had.
    </p>
    <p><button id="make" class="first" type="button">Make the keys</button></p>
    <p id="said" role="status"></p>
    ${keys.map(
      ({ name, cure }) =>
        html`<div>
          <label for="${name}">${name}</label>
          <textarea
            id="${name}"
            data-key="${name}"
            rows="2"
            readonly
            spellcheck="false"
            aria-describedby="${name}-cure"
          ></textarea>
          <p id="${name}-cure">${cure}</p>
          <button type="button" data-copy="${name}">Copy ${name}</button>
        </div>`,
    )}
    ${whereSecretsGo}
  </section>`;
}

function secretSection(secrets: readonly SetupProblem[]) {
  return html`<section>
    <h2>Secrets</h2>
    ${problemList(secrets)} ${whereSecretsGo}
    <p>
      Twilio's are on
      <a href="https://console.twilio.com" rel="noreferrer">console.twilio.com</a>, Account Info.
    </p>
  </section>`;
}

function settingSection(settings: readonly SetupProblem[]) {
  return html`<section>
    <h2>Settings</h2>
    ${problemList(settings)}
    <p>
      Each is a line <code>NAME=value</code> of <code>deployment.vars</code> in your repository,
      beside <code>wrangler.toml</code>: commit, and Cloudflare deploys it. (What you type into the
      dashboard is gone with the next deployment.) This page was opened at
      <code data-origin></code>, which is what <code>ISSUER</code> is, unless you give the Worker a
      domain of its own.
    </p>
  </section>`;
}

function problemList(problems: readonly SetupProblem[]) {
  return html`<ul>
    ${problems.map(({ name, cure }) => html`<li><code>${name}</code> ${cure}</li>`)}
  </ul>`;
}
