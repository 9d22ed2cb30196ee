import { createCase, getCase, transitionCase, updateCase } from "./generated/client";
import { baseUrl, run, token } from "./lifecycle";

const authorization = { headers: { Authorization: `Bearer ${token}` } };

// The generated functions send to relative URLs.
const relative = globalThis.fetch;
globalThis.fetch = (url, options) => relative(baseUrl + String(url), options);

function data<Response extends { status: number; data: unknown }, Status extends number>(
  response: Response,
  status: Status,
): Extract<Response, { status: Status }>["data"] {
  if (response.status !== status) throw new Error(JSON.stringify(response));
  return response.data;
}

await run({
  create: async (details) => data(await createCase(details, authorization), 201),
  get: async (id) => data(await getCase(id, authorization), 200),
  patch: async (id, details) => data(await updateCase(id, details, authorization), 200),
  transition: async (id, transition) => data(await transitionCase(id, transition, authorization), 200),
});
