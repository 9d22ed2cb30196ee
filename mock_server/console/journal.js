// The live journal: a list of all exchanges with one in detail beside it, or the exchanges of one case.

import { control } from "./api.js";
import { button, count, follow, h, redraw, say } from "./dom.js";
import { details, line } from "./exchange.js";
import { markOpen, panes, searchField, step } from "./parts.js";

const MOST = 1000; // size of the journal
const filter = { words: "", refused: false, paused: false };

/** The view at #/journal and #/journal/NUMBER. */
export function journalView(root, app) {
  const changeFilter = (change) => {
    Object.assign(filter, change);
    app.refreshSoon();
  };
  const search = searchField("Filter by path, status, words", (text) => changeFilter({ words: text }));
  search.value = filter.words;
  const refused = toggle("Refused", "refused", changeFilter);
  const pause = toggle("Pause", "paused", changeFilter, "p");
  const list = h("ol", { class: "exchanges" });
  const nothing = h("div", { class: "nothing" }, h("p", { class: "quiet" }, "Loading the journal…"));
  const tally = h("span");
  const clear = button("Clear", () => app.perform(clearJournal));
  const both = panes("Exchanges", [search, refused, pause], [list, nothing], [tally, clear]);
  root.replaceChildren(both.element);
  let open;
  let kept = null;

  function draw() {
    if (!kept) return;
    const rows = kept.filter(matchesFilter).reverse();
    follow(list, rows, numberOf, (one) => item(one, app.settings), momentOf);
    markOpen(list, open);
    redraw(nothing, [rows.length > 0, kept.length > 0], () => (rows.length ? [] : empty(kept.length)));
    tally.textContent = filter.paused ? "Paused" : count(rows.length, "exchange");
    const found = kept.find((one) => String(one.number) === open);
    redraw(both.detail, [open, found && momentOf(found)], () => pane(found, open, app));
  }

  return {
    update([, number]) {
      open = number;
      both.show(number !== undefined);
      draw();
    },
    async refresh() {
      if (!kept || !filter.paused) kept = await readNew(kept ?? []);
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

/** Returns the exchanges of one case. Each can be expanded. */
export function history(app, id) {
  const list = h("ol", { class: "exchanges" });
  const nothing = h("p", { class: "quiet" });
  let exchanges = [];
  return {
    element: h("div", {}, list, nothing),
    async refresh() {
      exchanges = await readNew(exchanges, { case: id });
      follow(list, exchanges.toReversed(), numberOf, (one) => fold(one, app), momentOf);
      nothing.textContent = exchanges.length ? "" : "There are no requests for this case yet.";
    },
  };
}

/**
 * Returns the known exchanges and the new ones. The newest known exchange is requested again: if it differs, the journal
 * was cleared, the mock was restarted, or the journal has overflowed, and everything is read again.
 */
async function readNew(exchanges, about = {}) {
  const newest = exchanges.at(-1);
  if (newest) {
    const since = await journal({ after: newest.number - 1, ...about });
    if (since.length && momentOf(since[0]) === momentOf(newest)) {
      return [...exchanges, ...since.slice(1)].slice(-MOST);
    }
  }
  return journal(about);
}

async function journal(query) {
  return (await control("GET", `journal?${new URLSearchParams({ limit: MOST, ...query })}`)).exchanges;
}

async function clearJournal() {
  await control("DELETE", "journal");
  say("Journal cleared");
}

const numberOf = (exchange) => exchange.number;

/** Returns a key of an exchange. After a restart, another exchange may have the same number. */
const momentOf = (exchange) => `${exchange.number} ${exchange.time}`;

function matchesFilter(exchange) {
  if (filter.refused && exchange.response.status < 400) return false;
  const { request, response, operation, problem, shaped_by: shapers } = exchange;
  const text = [request.method, request.path, request.query, response.status, operation, problem, ...shapers]
    .join(" ")
    .toLowerCase();
  const words = filter.words.toLowerCase().split(/\s+/);
  return words.every((word) => text.includes(word));
}

function toggle(label, name, changeFilter, key = null) {
  const click = () => {
    changeFilter({ [name]: !filter[name] });
    element.setAttribute("aria-pressed", filter[name]);
  };
  const attributes = { class: "toggle", "aria-pressed": String(filter[name]), "aria-keyshortcuts": key };
  const element = button(label, click, attributes);
  return element;
}

function item(exchange, settings) {
  const href = `#/journal/${exchange.number}`;
  const link = h("a", { class: "line", href, "data-open": exchange.number }, line(exchange, settings));
  return h("li", {}, link);
}

function fold(exchange, app) {
  const unfold = () => {
    if (element.open && element.children.length === 1) element.append(details(exchange, app));
  };
  const summary = h("summary", { class: "line" }, line(exchange, app.settings));
  const element = h("details", { toggle: unfold }, summary);
  return h("li", {}, element);
}

function pane(exchange, number, app) {
  const back = h("a", { class: "back", href: "#/journal" }, "‹ Journal");
  if (number === undefined) return note("Choose an exchange to see its details.");
  if (!exchange) return [back, note("This exchange is no longer in the journal.")];
  const { request, operation } = exchange;
  return [
    h(
      "header",
      { class: "head" },
      back,
      h("h1", {}, operation ?? `${request.method} ${request.path}`),
      facts(exchange),
    ),
    details(exchange, app),
  ];
}

function facts({ number, time, milliseconds, case: id, response }) {
  const link = id === null || response.status === 404 ? null : h("a", { href: `#/cases/${encodeURIComponent(id)}` }, "The case");
  const texts = [`Exchange ${number}`, time, `${milliseconds} ms`].map((text) => h("span", {}, text));
  return h("p", { class: "row facts quiet" }, texts, link);
}

function note(text) {
  return h("div", { class: "nothing" }, h("p", { class: "quiet" }, text));
}

function empty(any) {
  if (any) return [h("p", {}, "No exchange matches the filter.")];
  return [
    h("p", {}, "No requests yet."),
    h("p", { class: "quiet" }, "Each request to the Case APIs appears here at once."),
  ];
}
