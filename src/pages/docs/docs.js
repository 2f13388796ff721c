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

async function nameTwin(response) {
  const url = response.url.endsWith("/openapi.json") ? await twin : undefined;
  if (url)
    response.text = response.text.replaceAll("the twin's phone", `[the twin's phone](${url})`);
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
    responseInterceptor: nameTwin,
  });
});
