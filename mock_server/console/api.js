// Sends requests to the mock: to its control API with the control token, and to its Case APIs like any client.

import { parse } from "./json.js";

const TOKEN_KEY = "caseiq-control-token";

/** The mock did not respond. */
export class Unreachable extends Error {}

/** The control API rejected the token. */
export class WrongToken extends Error {}

/** The mock refused the request; `findings` has the places of the errors. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `The mock responded with ${status}.`);
    this.status = status;
    this.findings = problem.errors ?? [];
  }
}

/**
 * Moves the control token from the address to the session storage. The fragment is #token=TOKEN, or #token=TOKEN/VIEW
 * to open another view. So the token does not appear in the history, bookmarks or screenshots.
 */
export function moveTokenFromAddress() {
  const match = /^#token=([^/]+)(\/.*)?$/.exec(location.hash);
  if (!match) return;
  const [, token, view] = match;
  storeToken(decoded(token));
  history.replaceState(null, "", location.pathname + location.search + (view ? `#${view}` : ""));
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // an address that was typed
  }
}

export function storeToken(token) {
  sessionStorage.setItem(TOKEN_KEY, token);
}

export function controlToken() {
  return sessionStorage.getItem(TOKEN_KEY) ?? "";
}

/** Returns the parsed response of the control API, or null if it has no body. `path` is relative to /_mock/. */
export async function control(method, path, body) {
  const text = await controlText(method, path, body === undefined ? undefined : JSON.stringify(body));
  return text ? JSON.parse(text) : null;
}

/** Returns a response with records, {state, moves, case} or a page of them, without rounding their numbers. */
export async function records(path) {
  return parse(await controlText("GET", path));
}

/** Calls the control API with texts, for files. */
export async function controlText(method, path, body) {
  const headers = { Authorization: `Bearer ${controlToken()}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await sent(path, { method, headers, body });
  if (response.status === 401) throw new WrongToken("The control token is missing or wrong.");
  if (response.status >= 400) throw new Refusal(response.status, problem(response.text));
  return response.text;
}

/** Calls the Case APIs, and returns {status, headers, text}. `path` is relative to the prefix. */
export async function call(settings, method, path, text) {
  const headers = await credentials(settings);
  if (text !== undefined) headers["Content-Type"] = "application/json";
  const address = settings.prefix + path;
  const response = await sent(address, { method, headers, body: text });
  if (response.status !== 401 || settings.auth.scheme !== "oauth2") return response;
  issued = null;
  return sent(address, { method, headers: { ...headers, ...(await credentials(settings)) }, body: text });
}

/** Returns the refusal in a response of the Case APIs. */
export function refusal(response) {
  return new Refusal(response.status, problem(response.text));
}

async function sent(address, options) {
  let response, text;
  try {
    response = await fetch(address, { cache: "no-store", ...options });
    text = await response.text();
  } catch {
    throw new Unreachable("The mock does not respond.");
  }
  return { status: response.status, headers: response.headers, text };
}

function problem(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" ? value : {};
  } catch {
    return {};
  }
}

let issued = null;

// The schemes that need more than the header fields in the settings.
const CREDENTIALS = {
  oauth2: async (auth) => ({ Authorization: `Bearer ${(issued ??= await token(auth))}` }),
  cookie: (auth, prefix) => {
    // A page cannot set the Cookie header, so the browser has to store the cookie first.
    document.cookie = `${auth.cookie}=${auth.token}; path=${prefix}/; max-age=10; SameSite=Strict`;
    return {};
  },
};

/** Returns header fields with valid credentials for the Case APIs. */
export async function credentials(settings) {
  const { auth, prefix } = settings;
  return CREDENTIALS[auth.scheme]?.(auth, prefix) ?? { ...auth.headers };
}

async function token(auth) {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: auth.client_id,
    client_secret: auth.client_secret,
  });
  const response = await sent(auth.token_path, { method: "POST", body });
  if (response.status !== 200) throw refusal(response);
  return JSON.parse(response.text).access_token;
}
