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
