// The API reference: Swagger UI over the mock's own documents, pointed at this mock and let in.

import { control, credentials, controlToken, takeToken } from "./api.js";

/** The document that the address names: where it lies, its server, and what lets a request in. */
const DOCUMENTS = {
  "": async () => {
    const settings = await control("GET", "settings");
    return { url: "openapi.yaml", server: settings.prefix || "/", headers: await credentials(settings) };
  },
  "?control": async () => ({
    url: "control.yaml",
    server: "/_mock",
    headers: { Authorization: `Bearer ${controlToken()}` },
  }),
};
const WITHOUT_TOKEN = { url: "openapi.yaml", server: "/", headers: {} };

async function described() {
  try {
    return await (DOCUMENTS[location.search] ?? DOCUMENTS[""])();
  } catch (error) {
    const note = document.getElementById("note");
    note.textContent = `${error.message} The reference is here all the same; “Try it out” needs the console's link.`;
    note.hidden = false;
    return WITHOUT_TOKEN;
  }
}

/** Names this mock as the one server; the document has those of tenants too. */
function served(server) {
  const here = (next) => (spec) => next({ ...spec, servers: [{ url: server, description: "This mock" }] });
  return { statePlugins: { spec: { wrapActions: { updateJsonSpec: here } } } };
}

function letIn(ui, headers) {
  const { Authorization: bearer } = headers;
  if (!bearer) return;
  const schemes = ui.getState().getIn(["spec", "json", "components", "securitySchemes"]);
  for (const name of schemes?.keySeq() ?? []) ui.preauthorizeApiKey(name, bearer.replace("Bearer ", ""));
}

async function show() {
  const { url, server, headers } = await described();
  const { Authorization: _, ...others } = headers;
  const ui = SwaggerUIBundle({
    url,
    dom_id: "#reference",
    deepLinking: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    validatorUrl: null,
    plugins: [served(server)],
    requestInterceptor: (request) => {
      Object.assign(request.headers, others);
      return request;
    },
    onComplete: () => letIn(ui, headers),
  });
}

function dress() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", dress);
dress();
takeToken();
for (const link of document.querySelectorAll("nav a")) {
  if (link.search === location.search) link.setAttribute("aria-current", "page");
}
show();
