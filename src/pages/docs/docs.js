// Light or dark as the system is, before the first paint and whenever it changes.
const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();

// The document is the same everywhere. Only `npm start` has a twin, and its page at / links to it.
const isHere = /^(localhost|127\.[\d.]+|\[::1\])$/.test(location.hostname);
const twin = (async () => {
  const home = isHere ? await (await fetch("/")).text() : "";
  const link = new DOMParser().parseFromString(home, "text/html").querySelector("#twin");
  return link?.getAttribute("href");
})();

async function nameTwin(response) {
  const url = response.url.endsWith("/openapi.json") ? await twin : undefined;
  if (url)
    response.text = response.text.replaceAll("the twin's phone", `[the twin's phone](${url})`);
  return response;
}

// The viewer is a deferred script: it is there by then.
document.addEventListener("DOMContentLoaded", () => {
  window.SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#api",
    deepLinking: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: 0,
    defaultModelExpandDepth: 2,
    // Tokens stay in the page's memory, and nobody else is asked whether the document is valid.
    persistAuthorization: false,
    validatorUrl: null,
    responseInterceptor: nameTwin,
  });
});
