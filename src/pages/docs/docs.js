// Light or dark as the system is, before the first paint and whenever it changes.
const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();

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
  });
});
