// The exchanges that the mock had, live: all in a list with one in full beside it, or those of one case.

import { control } from "./api.js";
import { button, count, follow, h, redraw, say } from "./dom.js";
import { line, whole } from "./exchange.js";
import { step } from "./parts.js";

const MOST = 1000; // exchanges that the mock keeps
const filter = { words: "", refused: false, paused: false };

/** The view at #/journal and #/journal/NUMBER. */
export function journalView(root, app) {
  const search = h("input", {
    type: "search",
    id: "search",
    placeholder: "Filter by path, status, words",
    "aria-label": "Filter the exchanges",
    "aria-keyshortcuts": "/",
    autocomplete: "off",
    input: () => narrow({ words: search.value }),
  });
  search.value = filter.words;
  const refused = toggle("Refused", "refused", () => narrow({ refused: !filter.refused }));
  const pause = toggle("Pause", "paused", () => narrow({ paused: !filter.paused }), "p");
  const list = h("ol", { class: "exchanges" });
  const nothing = h("div", { class: "nothing" }, h("p", { class: "quiet" }, "Loading the journal…"));
  const tally = h("span");
  const detail = h("section", { class: "detail", "aria-label": "The exchange" });
  const panes = h(
    "div",
    { class: "panes" },
    h(
      "section",
      { class: "list", "aria-label": "Exchanges" },
      h("div", { class: "bar" }, search, refused, pause),
      h("div", { class: "scroll" }, list, nothing),
      h("div", { class: "pager" }, tally, button("Clear", clear)),
    ),
    detail,
  );
  root.replaceChildren(panes);
  let open;
  let kept = null;

  function narrow(change) {
    Object.assign(filter, change);
    for (const one of [refused, pause]) one.setAttribute("aria-pressed", filter[one.dataset.filter]);
    app.poke();
  }

  async function clear() {
    await app.does(async () => {
      await control("DELETE", "journal");
      say("The journal is empty");
    });
  }

  function draw() {
    if (!kept) return;
    const rows = kept.filter(matches).reverse();
    follow(list, rows, numberOf, (one) => item(one, app.settings), timeOf);
    for (const link of list.querySelectorAll("a")) {
      if (link.dataset.number === open) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    redraw(nothing, [rows.length > 0, kept.length > 0], () => (rows.length ? [] : empty(kept.length)));
    tally.textContent = filter.paused ? "Paused" : count(rows.length, "exchange");
    const shown = kept.find((one) => String(one.number) === open);
    redraw(detail, [open, shown?.time], () => pane(shown, open, app));
  }

  return {
    update([, number]) {
      open = number;
      panes.dataset.open = number === undefined ? "list" : "detail";
      detail.scrollTop = 0;
      draw();
    },
    async refresh() {
      if (!kept || !filter.paused) kept = await followed(kept ?? []);
      draw();
    },
    keys: {
      "/": () => search.focus(),
      p: () => pause.click(),
      j: () => step(list, 1),
      k: () => step(list, -1),
    },
  };
}

/** The exchanges of one case, each of which opens in its place. */
export function history(app, id) {
  const list = h("ol", { class: "exchanges" });
  const nothing = h("p", { class: "quiet" });
  let exchanges = [];
  return {
    element: h("div", {}, list, nothing),
    async refresh() {
      exchanges = await followed(exchanges, { case: id });
      follow(list, exchanges.toReversed(), numberOf, (one) => fold(one, app), timeOf);
      nothing.textContent = exchanges.length ? "" : "No request has touched this case yet.";
    },
  };
}

/**
 * What is kept and what came since. The newest exchange is asked for again: if it is not the one that is kept, the
 * journal was emptied, or the mock restarted, or more came than it keeps; then all is read anew.
 */
async function followed(exchanges, about = {}) {
  const newest = exchanges.at(-1);
  if (newest) {
    const since = await journal({ after: newest.number - 1, ...about });
    if (since.length && timeOf(since[0]) === timeOf(newest))
      return [...exchanges, ...since.slice(1)].slice(-MOST);
  }
  return journal(about);
}

async function journal(query) {
  return (await control("GET", `journal?${new URLSearchParams({ limit: MOST, ...query })}`)).exchanges;
}

const numberOf = (exchange) => exchange.number;
const timeOf = (exchange) => `${exchange.number} ${exchange.time}`;

function matches(exchange) {
  if (filter.refused && exchange.response.status < 400) return false;
  const { request, response, operation, problem } = exchange;
  const text = [
    request.method,
    request.path,
    request.query,
    response.status,
    operation,
    problem,
    ...exchange.shaped_by,
  ]
    .join(" ")
    .toLowerCase();
  return filter.words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function toggle(label, name, click, key) {
  return button(label, click, {
    class: "toggle",
    "aria-pressed": String(filter[name]),
    "data-filter": name,
    "aria-keyshortcuts": key ?? null,
  });
}

function item(exchange, settings) {
  const href = `#/journal/${exchange.number}`;
  return h(
    "li",
    {},
    h("a", { class: "line", href, "data-number": exchange.number }, line(exchange, settings)),
  );
}

function fold(exchange, app) {
  const details = h("details", {
    toggle: () => details.open && details.children.length === 1 && details.append(whole(exchange, app)),
  });
  details.append(h("summary", { class: "line" }, line(exchange, app.settings)));
  return h("li", {}, details);
}

function pane(exchange, number, app) {
  if (number === undefined)
    return h("div", { class: "nothing" }, h("p", { class: "quiet" }, "Choose an exchange to see all of it."));
  const back = h("a", { class: "back", href: "#/journal" }, "‹ Journal");
  if (!exchange)
    return h(
      "div",
      { class: "nothing" },
      back,
      h("p", { class: "quiet" }, "This exchange is not kept any more."),
    );
  const { request, operation } = exchange;
  return [
    h(
      "header",
      { class: "head" },
      back,
      h("h1", {}, operation ?? `${request.method} ${request.path}`),
      h(
        "p",
        { class: "row facts quiet" },
        `Exchange ${exchange.number}`,
        h("span", {}, exchange.time),
        h("span", {}, `${exchange.milliseconds} ms`),
        exchange.case === null
          ? null
          : h("a", { href: `#/cases/${encodeURIComponent(exchange.case)}` }, "The case"),
      ),
    ),
    whole(exchange, app),
  ];
}

function empty(any) {
  if (any) return [h("p", {}, "No exchange fits the filter.")];
  return [
    h("p", {}, "No requests yet."),
    h("p", { class: "quiet" }, "Each request to the Case APIs appears here as it comes."),
  ];
}
