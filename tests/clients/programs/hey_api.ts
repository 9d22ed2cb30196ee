import { client } from "./generated/client.gen";
import { createCase, getCase, transitionCase, updateCase } from "./generated/sdk.gen";
import { baseUrl, run, token } from "./lifecycle";

client.setConfig({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

await run({
  create: async (body) => (await createCase({ body, throwOnError: true })).data,
  get: async (id) => (await getCase({ path: { id }, throwOnError: true })).data,
  patch: async (id, body) => (await updateCase({ path: { id }, body, throwOnError: true })).data,
  transition: async (id, body) => (await transitionCase({ path: { id }, body, throwOnError: true })).data,
});
