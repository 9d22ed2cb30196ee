// The welcome page beside the list: the address of the mock, and a first request.

import { button, copy, h } from "./dom.js";
import { credential, SNIPPETS } from "./snippets.js";

/** Shows the pane, which never changes. */
export function welcomePane(parent, app) {
  const { settings } = app;
  const own = credential(settings.auth);
  const first = {
    request: {
      method: "POST",
      path: `${settings.prefix}/case`,
      query: "",
      headers: { "content-type": "application/json", ...(own && { [own[0].toLowerCase()]: own[1] }) },
      body: JSON.stringify({ summary: "First case", ...blank(settings.required) }),
    },
    response: { status: 201 },
  };
  const facts = [
    ["Base URL", location.origin + settings.prefix],
    [
      "Credential",
      own?.join(": "),
      settings.auth.scheme === "oauth2" ? "with a token from the token endpoint" : "",
    ],
    ["Token endpoint", ...endpoint(settings.auth)],
  ].filter(([, value]) => value);
  parent.replaceChildren(
    h(
      "div",
      { class: "welcome" },
      h("h1", {}, "Case IQ mock"),
      h(
        "p",
        { class: "quiet" },
        "Choose a case, or send a request to the mock. New cases appear here within a second.",
      ),
      h("dl", { class: "facts" }, facts.map(fact)),
      Object.entries(SNIPPETS).map(([name, write]) => snippet(name, write(first, settings))),
    ),
  );
  return { refresh: async () => {} };
}

function fact([name, value, note]) {
  return h(
    "div",
    {},
    h("dt", {}, name),
    h("dd", {}, h("code", {}, value), note ? h("span", { class: "quiet" }, ` ${note}`) : null),
    button("Copy", () => copy(value, name), { class: "small", "aria-label": `Copy ${name}` }),
  );
}

function snippet(name, text) {
  return h(
    "section",
    { class: "snippet" },
    h(
      "header",
      {},
      h("h2", {}, name),
      button("Copy", () => copy(text, name), { class: "small", "aria-label": `Copy as ${name}` }),
    ),
    h("pre", { tabindex: "0", "aria-label": name }, text),
  );
}

function blank(required) {
  return Object.fromEntries(required.map((field) => [field, ""]));
}

function endpoint(auth) {
  if (!["bearer", "oauth2"].includes(auth.scheme)) return [""];
  return [
    location.origin + auth.token_path,
    `client_id ${auth.client_id}, client_secret ${auth.client_secret}`,
  ];
}
