// The API reference: Swagger UI with the mock's own documents and valid credentials.

import { control, controlToken, credentials, moveTokenFromAddress, WrongToken } from "./api.js";

/** Document, and a function that returns header fields with credentials, by the query of the adapplyTheme. */
const DOCUMENTS = {
  "": ["openapi.yaml", async () => credentials(await control("GET", "settings"))],
  "?control": ["control.yaml", async () => ({ Authorization: `Bearer ${controlToken()}` })],
};

/** Keeps only the first server of a document, which is this mock. The others are tenants. */
const ONLY_HERE = {
  statePlugins: {
    spec: {
      wrapActions: {
        updateJsonSpec: (next) => (document) => next({ ...document, servers: document.servers?.slice(0, 1) }),
      },
    },
  },
};

async function findCredentials(find) {
  try {
    if (!controlToken()) throw new WrongToken("The control token is missing.");
    return await find();
  } catch (error) {
    const note = document.getElementById("note");
    note.textContent = `${error.message} Open this page from the console to try calls with credentials.`;
    note.hidden = false;
    return {};
  }
}

function authorize(ui, headers) {
  const { Authorization: bearer } = headers;
  if (!bearer) return;
  const schemes = ui.getState().getIn(["spec", "json", "components", "securitySchemes"]);
  for (const name of schemes?.keySeq() ?? []) ui.preauthorizeApiKey(name, bearer.replace("Bearer ", ""));
}

async function show() {
  const [url, find] = DOCUMENTS[location.search] ?? DOCUMENTS[""];
  const headers = await findCredentials(find);
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
    onComplete: () => authorize(ui, headers),
  });
}

function applyTheme() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", applyTheme);
applyTheme();
moveTokenFromAddress();
for (const link of document.querySelectorAll("nav a")) {
  if (link.search === location.search) link.setAttribute("aria-current", "page");
}
show();
