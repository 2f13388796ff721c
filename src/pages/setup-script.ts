/**
 * The script of the set-up page. It generates the missing keys in the visitor's browser with
 * WebCrypto and shows them. The page's Content-Security-Policy forbids every connection, so no key
 * can leave the browser. The script is plain JavaScript in a text, because the policy names its
 * hash. `test/pages` runs it.
 */
export const setupScript = `
"use strict";
const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const randomKey = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
// The members that a thumbprint names, in its order (RFC 7638).
const algorithms = {
  ES256: { parameters: { name: "ECDSA", namedCurve: "P-256" }, names: ["crv", "kty", "x", "y"] },
  RS256: {
    parameters: {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
    names: ["e", "kty", "n"],
  },
};
const makers = {
  SUBJECT_KEY: randomKey,
  PEPPERS: () => "1:" + randomKey(),
  async SIGNING_KEYS() {
    const alg = document.getElementById("algorithm")?.value ?? "ES256";
    const { parameters, names } = algorithms[alg];
    const pair = await crypto.subtle.generateKey(parameters, true, ["sign", "verify"]);
    const exported = await crypto.subtle.exportKey("jwk", pair.privateKey);
    const { ext, key_ops, alg: sameAlg, ...jwk } = exported;
    const named = JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]])));
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(named));
    const kid = base64url(new Uint8Array(hash));
    const iat = Math.floor(Date.now() / 1000);
    return JSON.stringify({ keys: [{ kid, alg, use: "sig", ...jwk, iat }] });
  },
};
const fields = [...document.querySelectorAll("[data-key]")];
const showStatus = (text) => { document.getElementById("status").textContent = text; };
async function makeKeys() {
  if (!globalThis.crypto?.subtle) return showStatus("This browser generates keys only on https pages.");
  for (const field of fields) field.value = await makers[field.dataset.key]();
  showStatus("Generated in this browser. Paste each key now: a reload loses them.");
}
document.getElementById("make")?.addEventListener("click", () => { void makeKeys(); });
for (const button of document.querySelectorAll("[data-copy]"))
  button.addEventListener("click", () => {
    const field = document.querySelector('[data-key="' + button.dataset.copy + '"]');
    field.select();
    navigator.clipboard.writeText(field.value).then(
      () => showStatus(button.dataset.copy + " is copied."),
      () => showStatus("Copy the selected text yourself."),
    );
  });
for (const place of document.querySelectorAll("[data-origin]")) place.textContent = location.origin;
`;

export const setupStyle = `
:root { color-scheme: light dark; --line: light-dark(#d6d9de, #3a3f47); --soft: light-dark(#f3f5f7, #1d2126); --strong: light-dark(#0a58ca, #8ab4ff); }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
li { margin: .4rem 0; overflow-wrap: anywhere; }
code, textarea { font: .875rem/1.5 ui-monospace, monospace; }
code { background: var(--soft); padding: .1rem .3rem; border-radius: .25rem; overflow-wrap: anywhere; }
label { display: block; font-weight: 600; margin: 1rem 0 .25rem; }
textarea { box-sizing: border-box; width: 100%; min-height: 3.2rem; padding: .5rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--soft); color: inherit; resize: vertical; overflow-wrap: anywhere; }
button { font: inherit; padding: .45rem .9rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--soft); color: inherit; cursor: pointer; }
button.first { background: var(--strong); border-color: var(--strong); color: light-dark(#fff, #10151c); font-weight: 600; }
:focus-visible { outline: 3px solid var(--strong); outline-offset: 2px; }
#status { min-height: 1.5rem; }
`;
