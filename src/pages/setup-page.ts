import { html, raw } from "hono/html";
import { setupScript, setupStyle } from "./setup-script.ts";

/** A setting that is missing or wrong: its name and the cure, never its value. */
export interface SetupProblem {
  readonly name: string;
  readonly cure: string;
}

export interface SetupProblems {
  /** Keys that the visitor's browser can generate. */
  readonly keys: readonly SetupProblem[];
  readonly secrets: readonly SetupProblem[];
  readonly settings: readonly SetupProblem[];
}

/**
 * Returns the page of a Worker whose settings are incomplete. It shows only the names of these
 * settings.
 */
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
          <h1>Phonegate is deployed but not set up yet</h1>
          <p>
            This page lists the missing settings. It disappears when all are set. It shows no value
            that the Worker holds. If you have a clone on your machine, <code>npm run setup</code>
            does all of this.
          </p>
          ${keys.length > 0 ? keySection(keys) : ""}
          ${secrets.length > 0 ? secretSection(secrets) : ""}
          ${settings.length > 0 ? settingSection(settings) : ""}
          <h2>Afterwards</h2>
          <p>Reload this page. Monitoring tools can read the same list at <code>/healthz</code>.</p>
        </main>
        ${block("script", setupScript)}
      </body>
    </html>`;
}

/**
 * Adds no space around the text: the Content-Security-Policy names the hash of exactly this text.
 */
const block = (tag: "script" | "style", text: string) => raw(`<${tag}>${text}</${tag}>`);

const whereSecretsGo = html`<p>
  Each is a <strong>secret</strong>. In the Cloudflare dashboard open this Worker, Settings,
  Variables and Secrets, press Add and choose the type Secret. Or run
  <code>npx wrangler secret put NAME</code>.
</p>`;

const algorithmChoice = html`<label for="algorithm">Algorithm of SIGNING_KEYS</label>
  <select id="algorithm" aria-describedby="algorithm-help">
    <option>ES256</option>
    <option>RS256</option>
  </select>
  <p id="algorithm-help">Choose RS256 only for a backend whose library has no ES256.</p>`;

function keySection(keys: readonly SetupProblem[]) {
  return html`<section>
    <h2>Keys</h2>
    <p>
      Your browser generates the keys and sends them nowhere: this page may not open any connection.
      Keep a copy of <code>SUBJECT_KEY</code> in your password manager: with another key every user
      becomes a new user. If this Worker had users before, use its earlier keys.
    </p>
    ${keys.some(({ name }) => name === "SIGNING_KEYS") ? algorithmChoice : ""}
    <p><button id="make" class="first" type="button">Generate the keys</button></p>
    <p id="status" role="status"></p>
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
      You find the Twilio credentials on
      <a href="https://console.twilio.com" rel="noreferrer">console.twilio.com</a>, Account Info.
    </p>
  </section>`;
}

function settingSection(settings: readonly SetupProblem[]) {
  return html`<section>
    <h2>Settings</h2>
    ${problemList(settings)}
    <p>
      Each is a line <code>NAME=value</code> in the file <code>deployment.vars</code> of your
      repository, next to <code>wrangler.toml</code>. Commit it, and Cloudflare deploys it. (The
      next deployment deletes variables that you type into the dashboard.) You opened this page at
      <code data-origin></code>. That is the value of <code>ISSUER</code>, unless you give the
      Worker its own domain.
    </p>
  </section>`;
}

function problemList(problems: readonly SetupProblem[]) {
  return html`<ul>
    ${problems.map(({ name, cure }) => html`<li><code>${name}</code> ${cure}</li>`)}
  </ul>`;
}
