// The cases: a list that searches, sorts, pages and stays up to date, and beside it one case, the editor, or a welcome.

import { records } from "./api.js";
import { casePane } from "./case.js";
import { button, count, follow, h, redraw } from "./dom.js";
import { editorPane } from "./editor.js";
import { badge, step } from "./parts.js";
import { brief, moment, title } from "./record.js";
import { welcomePane } from "./welcome.js";

/** Label, what to sort by, and class of each column. */
const COLUMNS = [
  ["Status", "state", "status"],
  ["Case", "summary", "what"],
  ["Owner", "owner", "owner"],
  ["Created", "createdDate", "created"],
];
const PAGE = 50;
const query = { search: "", sort: "-createdDate", offset: 0 };

/** The view at #/cases, #/cases/ID, #/cases/ID/edit and #/new. */
export function casesView(root, app) {
  const workflow = app.settings.workflow;
  const search = h("input", {
    type: "search",
    id: "search",
    placeholder: "Search the cases",
    "aria-label": "Search the cases",
    "aria-keyshortcuts": "/",
    autocomplete: "off",
    spellcheck: "false",
    input: () => look({ search: search.value, offset: 0 }),
  });
  search.value = query.search;
  const heads = COLUMNS.map(([label, field, kind]) => head(label, field, kind, look));
  const rows = h("tbody");
  const table = h("table", { class: "cases" }, h("thead", {}, h("tr", {}, heads)), rows);
  const nothing = h("div", { class: "nothing" }, h("p", { class: "quiet" }, "Loading the cases…"));
  const pager = h("div", { class: "pager" });
  const detail = h("section", { class: "detail", "aria-label": "The case" });
  const panes = h(
    "div",
    { class: "panes" },
    h(
      "section",
      { class: "list", "aria-label": "Cases" },
      h("div", { class: "bar" }, search, h("a", { class: "button primary", href: "#/new" }, "New case")),
      h("div", { class: "scroll" }, table, nothing),
      pager,
    ),
    detail,
  );
  root.replaceChildren(panes);
  let pane;
  let open;

  function look(change) {
    Object.assign(query, change);
    app.poke();
  }

  async function refreshList() {
    const asked = new URLSearchParams({ ...query, limit: PAGE });
    const { total, cases } = await records(`cases?${asked}`);
    if (total && query.offset >= total) return look({ offset: Math.floor((total - 1) / PAGE) * PAGE });
    for (const one of heads) one.setAttribute("aria-sort", direction(one.dataset.field));
    follow(rows, cases, (one) => one.case.id, row(workflow));
    mark(rows, open);
    table.hidden = !cases.length;
    redraw(nothing, [total, query.search], () => (total ? [] : empty(query.search)));
    redraw(pager, [total, query.offset, cases.length], () => paging(total, cases.length, look));
  }

  return {
    update(parts) {
      const [view, id, action] = parts;
      open = id;
      panes.dataset.open = view === "new" || id !== undefined ? "detail" : "list";
      mark(rows, open);
      detail.scrollTop = 0;
      if (view === "new") pane = editorPane(detail, app, null);
      else if (id === undefined) pane = welcomePane(detail, app);
      else if (action === "edit") pane = editorPane(detail, app, id);
      else pane = casePane(detail, app, id);
    },
    async refresh() {
      const shownPane = pane;
      await Promise.all([refreshList(), shownPane.refresh()]);
    },
    keys: {
      "/": () => search.focus(),
      n: () => app.go("#/new"),
      e: () => open !== undefined && app.go(`#/cases/${encodeURIComponent(open)}/edit`),
      j: () => step(rows, 1),
      k: () => step(rows, -1),
    },
  };
}

function head(label, field, kind, look) {
  // A date is wanted newest first, everything else from A to Z.
  const first = field === "createdDate" ? `-${field}` : field;
  const other = first === field ? `-${field}` : field;
  const click = () => look({ sort: query.sort === first ? other : first, offset: 0 });
  return h("th", { scope: "col", class: kind, "data-field": field }, button(label, click));
}

function direction(field) {
  if (query.sort === field) return "ascending";
  return query.sort === `-${field}` ? "descending" : "none";
}

const row = (workflow) => (one) => {
  const record = one.case;
  const [day, hour] = moment(record.createdDate);
  return h(
    "tr",
    { "data-id": record.id },
    h("td", { class: "status" }, badge(workflow, one.state)),
    h(
      "td",
      { class: "what" },
      h("a", { class: "title", href: `#/cases/${encodeURIComponent(record.id)}` }, title(record)),
      h("span", { class: "id" }, brief(record.caseNumber) || record.id),
    ),
    h("td", { class: "owner" }, brief(record.owner__name) || brief(record.owner)),
    h("td", { class: "created" }, day, h("span", { class: "hour" }, hour)),
  );
};

function empty(search) {
  if (search) return [h("p", {}, "No case contains “", h("b", {}, search), "”.")];
  return [
    h("p", {}, "No cases yet."),
    h("p", { class: "quiet" }, "Create the first, or fill the mock with invented ones."),
    h(
      "p",
      { class: "row" },
      h("a", { class: "button", href: "#/new" }, "New case"),
      h("a", { class: "button", href: "#/data" }, "Demo data"),
    ),
  ];
}

function paging(total, here, look) {
  const from = query.offset;
  const where = total > PAGE ? `${from + 1}–${from + here} of ${count(total, "case")}` : count(total, "case");
  const turn = (label, name, offset, off) =>
    button(label, () => look({ offset }), { "aria-label": name, disabled: off, class: "turn" });
  return [
    h("span", {}, where),
    turn("‹", "Previous page", Math.max(0, from - PAGE), from === 0),
    turn("›", "Next page", from + PAGE, from + here >= total),
  ];
}

function mark(rows, id) {
  for (const one of rows.children) {
    const link = one.querySelector("a");
    if (one.dataset.id === id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
