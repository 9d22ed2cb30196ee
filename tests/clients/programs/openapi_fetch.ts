import createClient from "openapi-fetch";
import type { paths } from "./generated/schema";
import { baseUrl, run, token } from "./lifecycle";

const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

function data<T>(response: { data?: T; error?: unknown }): T {
  if (response.data === undefined) throw new Error(JSON.stringify(response.error));
  return response.data;
}

// A token request without the optional `ttl` must compile.
export const request: NonNullable<paths["/auth/oauth2/token"]["post"]["requestBody"]>["content"]["application/json"] = {
  grant_type: "client_credentials",
  client_id: "reporter",
  client_secret: "secret",
};

await run({
  create: async (body) => data(await client.POST("/case", { body })),
  get: async (id) => data(await client.GET("/case/{id}", { params: { path: { id } } })),
  patch: async (id, body) => data(await client.PATCH("/case/{id}", { params: { path: { id } }, body })),
  transition: async (id, body) =>
    data(await client.POST("/case/{id}/transition", { params: { path: { id } }, body })),
});
