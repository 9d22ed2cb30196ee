// Code that repeats an exchange of the journal, with curl, fetch or requests.
//
// The journal masks credentials. The code contains the mock's own credential instead, unless the credential was refused:
// then the request would be a different one. Header fields that clients add themselves are omitted.

const ADDED_BY_CLIENTS =
  /^(host|connection|content-length|transfer-encoding|accept-encoding|user-agent|origin|referer|priority|dnt|te|sec-.*)$/;
const FORBIDDEN_IN_PAGES = /^(cookie|keep-alive|upgrade|via|date|expect)$/; // Fetch standard, section 2.2.2

/** Functions from an exchange and the settings to code, by name. */
export const SNIPPETS = { curl, fetch: fetchCode, requests };

function curl(exchange, settings) {
  const { method } = exchange.request;
  const body = bodyOf(exchange, settings);
  const parts = [`curl -X ${method} ${quoted(address(exchange))}`];
  for (const [name, value] of fields(exchange, settings)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body) parts.push(`--data-raw ${quoted(body)}`);
  // With -X HEAD, curl would wait for the content.
  if (method === "HEAD") parts[0] = `curl --head ${quoted(address(exchange))}`;
  return parts.join(" \\\n  ");
}

function fetchCode(exchange, settings) {
  const { method } = exchange.request;
  const body = bodyOf(exchange, settings);
  const headers = fields(exchange, settings);
  const lines = [`  method: ${text(method)},`];
  const own = headers.filter(([name]) => !FORBIDDEN_IN_PAGES.test(name));
  if (headers.some(([name]) => name === "cookie")) lines.push('  credentials: "include",');
  if (own.length)
    lines.push("  headers: {", ...own.map(([name, value]) => `    ${text(name)}: ${text(value)},`), "  },");
  if (body) lines.push(`  body: ${text(body)},`);
  return `const response = await fetch(${text(address(exchange))}, {\n${lines.join("\n")}\n});`;
}

function requests(exchange, settings) {
  const { method } = exchange.request;
  const body = bodyOf(exchange, settings);
  const headers = fields(exchange, settings).map(([name, value]) => `        ${text(name)}: ${text(value)},`);
  const lines = [`    ${text(method)},`, `    ${text(address(exchange))},`];
  if (headers.length) lines.push("    headers={", ...headers, "    },");
  // requests would encode a string as Latin-1, and fail for other characters.
  if (body) lines.push(`    data=${text(body)}.encode(),`);
  return `import requests\n\nresponse = requests.request(\n${lines.join("\n")}\n)`;
}

function address({ request }) {
  return location.origin + request.path + (request.query ? `?${request.query}` : "");
}

function fields({ request, response }, settings) {
  const own = response.status === 401 ? null : credential(settings.auth);
  return Object.entries(request.headers)
    .filter(([name]) => !ADDED_BY_CLIENTS.test(name))
    .map(([name, value]) => [name, name === own?.[0].toLowerCase() ? own[1] : value]);
}

/** Returns the body. A token request contains the mock's own key, unless the key was refused. */
function bodyOf({ request, response }, settings) {
  if (response.status === 401) return request.body;
  return request.body.replace(
    /(client_secret"?\s*[:=]\s*"?)•••/,
    (_, name) => name + settings.auth.client_secret,
  );
}

/** Returns name and value of the header field with a credential, or null if none is needed. */
export function credential(auth) {
  if (auth.scheme === "oauth2") return ["Authorization", "Bearer TOKEN"];
  return Object.entries(auth.headers)[0] ?? null;
}

/** Quotes a word for a POSIX shell. */
function quoted(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Returns a string literal for JavaScript and Python. */
function text(value) {
  return JSON.stringify(value);
}
