// An exchange of the journal as a line of code that sends it again: curl, fetch, requests.
//
// The journal masks credentials; here the mock's own stands in their place, but not where a credential was refused:
// that request would not be the same one. What a client adds by itself is left out.

const BY_ITSELF =
  /^(host|connection|content-length|transfer-encoding|accept-encoding|user-agent|origin|referer|priority|dnt|te|sec-.*)$/;
const NOT_IN_A_PAGE = /^(cookie|keep-alive|upgrade|via|date|expect)$/; // Fetch standard, section 2.2.2

/** By name; each takes an exchange and the settings, and gives the text. */
export const SNIPPETS = { curl, fetch: fetched, requests };

function curl(exchange, settings) {
  const { method } = exchange.request;
  const body = sent(exchange, settings);
  const parts = [`curl -X ${method} ${quoted(address(exchange))}`];
  for (const [name, value] of fields(exchange, settings)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body) parts.push(`--data-raw ${quoted(body)}`);
  // HEAD has an option of its own: curl would wait for the content that -X HEAD promises.
  if (method === "HEAD") parts[0] = `curl --head ${quoted(address(exchange))}`;
  return parts.join(" \\\n  ");
}

function fetched(exchange, settings) {
  const { method } = exchange.request;
  const body = sent(exchange, settings);
  const headers = fields(exchange, settings);
  const lines = [`  method: ${text(method)},`];
  const own = headers.filter(([name]) => !NOT_IN_A_PAGE.test(name));
  if (headers.some(([name]) => name === "cookie")) lines.push('  credentials: "include",');
  if (own.length)
    lines.push("  headers: {", ...own.map(([name, value]) => `    ${text(name)}: ${text(value)},`), "  },");
  if (body) lines.push(`  body: ${text(body)},`);
  return `const response = await fetch(${text(address(exchange))}, {\n${lines.join("\n")}\n});`;
}

function requests(exchange, settings) {
  const { method } = exchange.request;
  const body = sent(exchange, settings);
  const headers = fields(exchange, settings).map(([name, value]) => `        ${text(name)}: ${text(value)},`);
  const lines = [`    ${text(method)},`, `    ${text(address(exchange))},`];
  if (headers.length) lines.push("    headers={", ...headers, "    },");
  // A text would go out as Latin-1, and fail where it does not fit.
  if (body) lines.push(`    data=${text(body)}.encode(),`);
  return `import requests\n\nresponse = requests.request(\n${lines.join("\n")}\n)`;
}

function address({ request }) {
  return location.origin + request.path + (request.query ? `?${request.query}` : "");
}

function fields({ request, response }, settings) {
  const own = response.status === 401 ? null : credential(settings.auth);
  return Object.entries(request.headers)
    .filter(([name]) => !BY_ITSELF.test(name))
    .map(([name, value]) => [name, name === own?.[0].toLowerCase() ? own[1] : value]);
}

/** The body; a token request has the mock's own key again, unless another one was refused. */
function sent({ request, response }, settings) {
  if (response.status === 401) return request.body;
  return request.body.replace(
    /(client_secret"?\s*[:=]\s*"?)•••/,
    (_, name) => name + settings.auth.client_secret,
  );
}

const CREDENTIALS = {
  bearer: (auth) => ["Authorization", `Bearer ${auth.token}`],
  oauth2: () => ["Authorization", "Bearer TOKEN"],
  header: (auth) => [auth.header, auth.token],
  cookie: (auth) => ["Cookie", `${auth.cookie}=${auth.token}`],
  none: () => null,
};

/** The header field, name and value, that lets a client in; null where everybody may. */
export function credential(auth) {
  return CREDENTIALS[auth.scheme](auth);
}

/** A word for a POSIX shell. */
function quoted(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A string literal, the same in JavaScript and in Python. */
function text(value) {
  return JSON.stringify(value);
}
