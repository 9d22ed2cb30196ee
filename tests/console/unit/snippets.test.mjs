// Code that repeats an exchange: quoting, credentials and omitted header fields.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";

import { credential, SNIPPETS } from "../../../mock_server/console/snippets.js";

globalThis.location = { origin: "http://127.0.0.1:8000" };
const BEARER = {
  auth: { scheme: "bearer", headers: { Authorization: "Bearer dev-token" }, client_secret: "s3cret" },
};

function exchange(request = {}, status = 200) {
  const plain = { method: "GET", path: "/case", query: "", headers: {}, body: "" };
  return { request: { ...plain, ...request }, response: { status } };
}

/** Returns the arguments that a shell passes to curl. */
function shellArguments(code) {
  const script = `curl() { printf '%s\\0' "$@"; }\n${code}`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
}

/** Returns the arguments of the call to fetch. */
async function fetchArguments(code) {
  let found;
  const AsyncFunction = (async () => {}).constructor;
  await new AsyncFunction("fetch", code)((...all) => (found = all));
  return found;
}

test("curl receives the body and the header fields unchanged", () => {
  const body = '{"summary": "it\'s $HOME `id` \\\\ \\n é"}';
  const code = SNIPPETS.curl(
    exchange({ method: "POST", query: "a=1&b=2", headers: { "content-type": "application/json" }, body }),
    BEARER,
  );
  assert.deepEqual(shellArguments(code), [
    ...["-X", "POST", "http://127.0.0.1:8000/case?a=1&b=2"],
    ...["-H", "content-type: application/json", "--data-raw", body],
  ]);
});

test("curl sends HEAD by its own option", () => {
  assert.deepEqual(shellArguments(SNIPPETS.curl(exchange({ method: "HEAD" }), BEARER)), [
    "--head",
    "http://127.0.0.1:8000/case",
  ]);
});

test("masked credential is replaced by that of the mock", () => {
  const masked = exchange({ headers: { authorization: "Bearer •••" } });
  for (const write of Object.values(SNIPPETS)) assert.match(write(masked, BEARER), /Bearer dev-token/);
});

test("refused credential stays masked", () => {
  const refused = exchange({ headers: { authorization: "Bearer •••" }, body: "client_secret=•••" }, 401);
  for (const write of Object.values(SNIPPETS)) {
    assert.match(write(refused, BEARER), /Bearer •••/);
    assert.doesNotMatch(write(refused, BEARER), /dev-token|s3cret/);
  }
});

test("token request contains the secret of the mock in both encodings", () => {
  for (const body of ["client_id=a&client_secret=•••", '{"client_secret": "•••"}']) {
    const code = SNIPPETS.curl(exchange({ method: "POST", body }), BEARER);
    assert.ok(code.includes(body.replace("•••", "s3cret")), code);
  }
});

test("header fields that clients add themselves are omitted", () => {
  const headers = { host: "a", "content-length": "3", "sec-fetch-mode": "cors", te: "x", "x-te": "kept" };
  const code = SNIPPETS.curl(exchange({ headers }), BEARER);
  assert.deepEqual(code.match(/-H '[^']*'/g), ["-H 'x-te: kept'"]);
});

test("fetch receives the body and the header fields unchanged", async () => {
  const request = { method: "PUT", headers: { "x-a": '"\\' }, body: "\"\\\n\u2028'" };
  const [address, options] = await fetchArguments(SNIPPETS.fetch(exchange(request), BEARER));
  assert.equal(address, "http://127.0.0.1:8000/case");
  assert.deepEqual(options, { method: "PUT", headers: request.headers, body: request.body });
});

test("fetch sends a cookie by its credentials and no forbidden field", async () => {
  const settings = { auth: { scheme: "cookie", headers: { Cookie: "session=t" } } };
  const request = { headers: { cookie: "session=•••", via: "a", accept: "*/*" } };
  const [, options] = await fetchArguments(SNIPPETS.fetch(exchange(request), settings));
  assert.deepEqual(options, { method: "GET", credentials: "include", headers: { accept: "*/*" } });
});

test("requests encodes a body as UTF-8", () => {
  const code = SNIPPETS.requests(exchange({ method: "POST", body: "é" }), BEARER);
  assert.match(code, /^import requests\n/);
  assert.match(code, /\n {4}"POST",\n {4}"http:\/\/127\.0\.0\.1:8000\/case",\n {4}data="é"\.encode\(\),\n\)$/);
});

test("each scheme has its header field", () => {
  assert.deepEqual(credential(BEARER.auth), ["Authorization", "Bearer dev-token"]);
  assert.deepEqual(credential({ scheme: "header", headers: { "X-Key": "k" } }), ["X-Key", "k"]);
  assert.deepEqual(credential({ scheme: "oauth2", headers: {} }), ["Authorization", "Bearer TOKEN"]);
  assert.equal(credential({ scheme: "none", headers: {} }), null);
});
