import { html } from "hono/html";
import { problemTypes, type ProblemCode } from "../problem.ts";

/** Returns the page of a problem's `type`: it explains the problem and how to solve it. */
export function problemPage(code: ProblemCode) {
  const { status, title, cure } = problemTypes[code];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · ${code}</title>
      </head>
      <body>
        <main>
          <p><code>${code}</code> · HTTP ${status}</p>
          <h1>${title}</h1>
          <p>
            ${cure.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}
          </p>
        </main>
      </body>
    </html>`;
}
