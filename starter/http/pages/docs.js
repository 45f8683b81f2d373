// Starts Swagger UI on /docs. A file of its own: the page's policy allows no script that stands in the page.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  // The examples are enough; models are shown where they are used.
  defaultModelsExpandDepth: -1,
  // It would send our description to somebody else's server to be checked.
  validatorUrl: null,
});

// Its dark colours hang on a class; whoever looks has said already which ones they want.
const dark = matchMedia("(prefers-color-scheme: dark)");
const colour = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", colour);
colour();
