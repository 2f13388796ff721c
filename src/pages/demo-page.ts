import { html } from "hono/html";

interface Demo {
  readonly appName: string;
  /** Undefined where Twilio itself sends. */
  readonly twinUrl: string | undefined;
  /** A phone in the local network: by http, where a browser keeps no cookie of ours, and without the twin. */
  readonly isOtherDevice: boolean;
}

/** Returns the demo page of `npm start`: the sign-in element, and the session that it opens. */
export function demoPage({ appName, twinUrl, isOtherDevice }: Demo) {
  const phone = phoneOf(twinUrl, isOtherDevice);
  const linked = isOtherDevice ? undefined : twinUrl;
  const signIn = isOtherDevice
    ? html`<phonegate-sign-in id="sign-in" store="session"></phonegate-sign-in>`
    : html`<phonegate-sign-in id="sign-in" transport="cookie"></phonegate-sign-in>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${appName}: the demo</title>
        <link rel="icon" href="/demo/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/demo/demo.css" />
        <script type="module" src="/elements/sign-in.js"></script>
        <script type="module" src="/demo/demo.js"></script>
      </head>
      <body>
        <header class="top">
          <p class="brand"><img src="/demo/icon.svg" alt="" width="28" height="28" />${appName}</p>
          <nav aria-label="More">
            ${linked === undefined ? "" : html`<a id="twin" href="${linked}" target="phonegate-twin">Twin’s phone</a>`}
            <a href="/docs">API</a>
            <a href="/healthz">Health</a>
          </nav>
        </header>
        <main>
          <div class="stage">${signIn}</div>
          <div class="side">
            <section id="guide" aria-labelledby="guide-title">
              <h1 id="guide-title">All the code your page needs</h1>
              <pre class="snippet" dir="ltr"><code>&lt;script type="module"
  src="<span id="origin"></span>/elements/sign-in.js"&gt;&lt;/script&gt;
&lt;phonegate-sign-in&gt;&lt;/phonegate-sign-in&gt;</code></pre>
              <ol class="steps">
                <li><b>Type any number</b> in any spelling, such as 201 555 0123 in the US.</li>
                <li>
                  <b>Read the code</b> on ${phone}.
                  ${twinUrl === undefined ? "" : "No real text is sent."}
                </li>
                <li><b>Type it here.</b> Then look at the session that your app would get.</li>
              </ol>
            </section>

            <section id="session" aria-labelledby="session-title" hidden>
              <div class="heading">
                <h1 id="session-title" tabindex="-1">Your session</h1>
                <p class="clock" id="clock"></p>
              </div>
              <p class="lead">
                This is the access token, decoded. Any backend verifies it offline with the
                <a href="/.well-known/jwks.json">public keys</a>. The refresh token is
                ${isOtherDevice ? "in the storage of this tab" : "in a cookie that no script can read"}.
              </p>
              <div class="actions">
                <button type="button" id="refresh">Refresh</button>
                <button type="button" id="step-up">Step up</button>
                <button type="button" id="sign-out">Sign out</button>
                <button type="button" id="sign-out-everywhere">Sign out everywhere</button>
              </div>
              <p class="note" id="note" role="status"></p>
              <dl class="claims" id="claims"></dl>
              <details>
                <summary>The encoded token</summary>
                <pre class="token" id="token" dir="ltr"></pre>
              </details>
              <h2>All sessions of this number</h2>
              <ul class="sessions" id="sessions"></ul>
            </section>
          </div>
        </main>
        <dialog id="dialog" aria-label="Step up">
          <button type="button" class="close" id="close" aria-label="Close">✕</button>
        </dialog>
        <noscript><p class="noscript">The demo needs JavaScript.</p></noscript>
      </body>
    </html>`;
}

function phoneOf(twinUrl: string | undefined, isOtherDevice: boolean) {
  if (twinUrl === undefined) return "your phone";
  return isOtherDevice
    ? `the twin’s phone, on the computer that runs npm start: ${twinUrl}`
    : html`<a href="${twinUrl}" target="phonegate-twin">the twin’s phone</a>`;
}
