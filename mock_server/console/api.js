// Talks to the mock: to its control API with the control token, to its Case APIs as any client does.
// Knows no element of the page.

import { parse } from "./json.js";

const KEPT = "caseiq-control-token";

/** The mock did not answer. */
export class Unreachable extends Error {}

/** The control API does not know the token. */
export class WrongToken extends Error {}

/** The mock answered that it will not; `findings` says where. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `The mock answered ${status}.`);
    this.status = status;
    this.findings = problem.errors ?? [];
  }
}

/**
 * Takes the control token out of the address, which is #token=TOKEN or, to begin at another view, #token=TOKEN/VIEW.
 * It stays in this tab, and in no history, bookmark or screenshot.
 */
export function takeToken() {
  const match = /^#token=([^/]+)(\/.*)?$/.exec(location.hash);
  if (!match) return;
  const [, token, view] = match;
  keepToken(decoded(token));
  history.replaceState(null, "", location.pathname + location.search + (view ? `#${view}` : ""));
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // an address written by hand
  }
}

export function keepToken(token) {
  sessionStorage.setItem(KEPT, token);
}

export function controlToken() {
  return sessionStorage.getItem(KEPT) ?? "";
}

/** The answer of the control API, parsed; null where it has none. `path` is relative to /_mock/. */
export async function control(method, path, body) {
  const text = await controlText(method, path, body === undefined ? undefined : JSON.stringify(body));
  return text ? JSON.parse(text) : null;
}

/** What holds records: {state, moves, case}, or a page of them. Their numbers keep all their digits. */
export async function records(path) {
  return parse(await controlText("GET", path));
}

/** The same with texts, for files. */
export async function controlText(method, path, body) {
  const headers = { Authorization: `Bearer ${controlToken()}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await sent(path, { method, headers, body });
  if (answer.status === 401) throw new WrongToken("The control token is missing or wrong.");
  if (answer.status >= 400) throw new Refusal(answer.status, problem(answer.text));
  return answer.text;
}

/** One call of the Case APIs, seen as a client sees it: {status, headers, text}. `path` is below the prefix. */
export async function call(settings, method, path, text) {
  const headers = await credentials(settings);
  if (text !== undefined) headers["Content-Type"] = "application/json";
  const address = settings.prefix + path;
  const answer = await sent(address, { method, headers, body: text });
  if (answer.status !== 401 || settings.auth.scheme !== "oauth2") return answer;
  issued = null;
  return sent(address, { method, headers: { ...headers, ...(await credentials(settings)) }, body: text });
}

/** What is wrong with a refused call of the Case APIs. */
export function refusal(answer) {
  return new Refusal(answer.status, problem(answer.text));
}

async function sent(address, options) {
  let response, text;
  try {
    response = await fetch(address, { cache: "no-store", ...options });
    text = await response.text();
  } catch {
    throw new Unreachable("The mock does not answer.");
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

const CREDENTIALS = {
  bearer: (auth) => ({ Authorization: `Bearer ${auth.token}` }),
  oauth2: async (auth) => ({ Authorization: `Bearer ${(issued ??= await token(auth))}` }),
  header: (auth) => ({ [auth.header]: auth.token }),
  cookie: (auth, prefix) => {
    // A page may not name the Cookie header; the browser sends what is in its jar.
    document.cookie = `${auth.cookie}=${auth.token}; path=${prefix}/; max-age=10; SameSite=Strict`;
    return {};
  },
  none: () => ({}),
};

/** The header fields that let a call of the Case APIs in. */
export async function credentials(settings) {
  return CREDENTIALS[settings.auth.scheme](settings.auth, settings.prefix);
}

async function token(auth) {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: auth.client_id,
    client_secret: auth.client_secret,
  });
  const answer = await sent(auth.token_path, { method: "POST", body });
  if (answer.status !== 200) throw refusal(answer);
  return JSON.parse(answer.text).access_token;
}
