// The API reference: Swagger UI over the mock's own documents, pointed at this mock and let in.

import { control, controlToken, credentials, takeToken, WrongToken } from "./api.js";

/** By the address's query: the document, and the header fields that let a request in. */
const DOCUMENTS = {
  "": ["openapi.yaml", async () => credentials(await control("GET", "settings"))],
  "?control": ["control.yaml", async () => ({ Authorization: `Bearer ${controlToken()}` })],
};

/** The first server of a document is this mock; the others are tenants, and out of reach. */
const ONLY_HERE = {
  statePlugins: {
    spec: {
      wrapActions: {
        updateJsonSpec: (next) => (document) => next({ ...document, servers: document.servers?.slice(0, 1) }),
      },
    },
  },
};

async function entry(find) {
  try {
    if (!controlToken()) throw new WrongToken("The control token is missing.");
    return await find();
  } catch (error) {
    const note = document.getElementById("note");
    note.textContent = `${error.message} To be let in where you try a call, come here from the console.`;
    note.hidden = false;
    return {};
  }
}

function letIn(ui, headers) {
  const { Authorization: bearer } = headers;
  if (!bearer) return;
  const schemes = ui.getState().getIn(["spec", "json", "components", "securitySchemes"]);
  for (const name of schemes?.keySeq() ?? []) ui.preauthorizeApiKey(name, bearer.replace("Bearer ", ""));
}

async function show() {
  const [url, find] = DOCUMENTS[location.search] ?? DOCUMENTS[""];
  const headers = await entry(find);
  const { Authorization: _, ...others } = headers;
  const ui = SwaggerUIBundle({
    url,
    dom_id: "#reference",
    deepLinking: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    validatorUrl: null,
    plugins: [ONLY_HERE],
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
