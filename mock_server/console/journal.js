// The exchanges that the mock had, live: all in a list with one in full beside it, or those of one case.

import { control } from "./api.js";
import { button, count, follow, h, redraw, say } from "./dom.js";
import { line, whole } from "./exchange.js";
import { markOpen, panes, searchField, step } from "./parts.js";

const MOST = 1000; // exchanges that the mock keeps
const filter = { words: "", refused: false, paused: false };

/** The view at #/journal and #/journal/NUMBER. */
export function journalView(root, app) {
  const narrow = (change) => {
    Object.assign(filter, change);
    app.poke();
  };
  const search = searchField("Filter by path, status, words", (text) => narrow({ words: text }));
  search.value = filter.words;
  const refused = toggle("Refused", "refused", narrow);
  const pause = toggle("Pause", "paused", narrow, "p");
  const list = h("ol", { class: "exchanges" });
  const nothing = h("div", { class: "nothing" }, h("p", { class: "quiet" }, "Loading the journal…"));
  const tally = h("span");
  const clear = button("Clear", () => app.does(clearJournal));
  const both = panes("Exchanges", [search, refused, pause], [list, nothing], [tally, clear]);
  root.replaceChildren(both.element);
  let open;
  let kept = null;

  function draw() {
    if (!kept) return;
    const rows = kept.filter(fits).reverse();
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
      follow(list, exchanges.toReversed(), numberOf, (one) => fold(one, app), momentOf);
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
  say("The journal is empty");
}

const numberOf = (exchange) => exchange.number;

/** An exchange never changes; another one may have its number after a restart. */
const momentOf = (exchange) => `${exchange.number} ${exchange.time}`;

function fits(exchange) {
  if (filter.refused && exchange.response.status < 400) return false;
  const { request, response, operation, problem, shaped_by: shapers } = exchange;
  const text = [request.method, request.path, request.query, response.status, operation, problem, ...shapers]
    .join(" ")
    .toLowerCase();
  const words = filter.words.toLowerCase().split(/\s+/);
  return words.every((word) => text.includes(word));
}

function toggle(label, name, narrow, key = null) {
  const click = () => {
    narrow({ [name]: !filter[name] });
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
  const toggle = () => {
    if (details.open && details.children.length === 1) details.append(whole(exchange, app));
  };
  const summary = h("summary", { class: "line" }, line(exchange, app.settings));
  const details = h("details", { toggle }, summary);
  return h("li", {}, details);
}

function pane(exchange, number, app) {
  const back = h("a", { class: "back", href: "#/journal" }, "‹ Journal");
  if (number === undefined) return note("Choose an exchange to see all of it.");
  if (!exchange) return [back, note("This exchange is not kept any more.")];
  const { request, operation } = exchange;
  return [
    h(
      "header",
      { class: "head" },
      back,
      h("h1", {}, operation ?? `${request.method} ${request.path}`),
      facts(exchange),
    ),
    whole(exchange, app),
  ];
}

function facts({ number, time, milliseconds, case: id }) {
  const link = id === null ? null : h("a", { href: `#/cases/${encodeURIComponent(id)}` }, "The case");
  const texts = [`Exchange ${number}`, time, `${milliseconds} ms`].map((text) => h("span", {}, text));
  return h("p", { class: "row facts quiet" }, texts, link);
}

function note(text) {
  return h("div", { class: "nothing" }, h("p", { class: "quiet" }, text));
}

function empty(any) {
  if (any) return [h("p", {}, "No exchange fits the filter.")];
  return [
    h("p", {}, "No requests yet."),
    h("p", { class: "quiet" }, "Each request to the Case APIs appears here as it comes."),
  ];
}
