// Follows the system's colour scheme: before the first paint, and at each change.
const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();

// Only `npm start` runs a twin. Its demo page links to it, and so this page finds the twin's
// address.
const isHere = /^(localhost|127\.[\d.]+|\[::1\])$/.test(location.hostname);
const twin = (async () => {
  const home = isHere ? await (await fetch("/")).text() : "";
  const link = new DOMParser().parseFromString(home, "text/html").querySelector("#twin");
  return link?.getAttribute("href");
})();

async function makeLocal(response) {
  if (!response.url.endsWith("/openapi.json")) return response;
  const url = await twin;
  const text = url
    ? response.text.replaceAll("the twin's phone", `[the twin's phone](${url})`)
    : response.text;
  // The page's policy lets it ask its own origin alone, which may be another name than the issuer's.
  response.text = JSON.stringify({ ...JSON.parse(text), servers: [{ url: location.origin }] });
  return response;
}

// The viewer is a deferred script, so it has run at DOMContentLoaded.
document.addEventListener("DOMContentLoaded", () => {
  window.SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#api",
    deepLinking: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: 0,
    defaultModelExpandDepth: 2,
    // Tokens stay in the page's memory. No third party is asked to validate the document.
    persistAuthorization: false,
    validatorUrl: null,
    responseInterceptor: makeLocal,
  });
});
