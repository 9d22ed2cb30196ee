// The cases: a live list with search, sorting and pages, and beside it a case, the editor, or the welcome page.

import { records } from "./api.js";
import { casePane } from "./case.js";
import { button, count, follow, h, redraw } from "./dom.js";
import { editorPane } from "./editor.js";
import { badge, markOpen, panes, searchField, step } from "./parts.js";
import { brief, moment, title } from "./record.js";
import { welcomePane } from "./welcome.js";

/** Label, sort field and class of each column. */
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
  const changeQuery = (change) => {
    Object.assign(query, change);
    app.refreshSoon();
  };
  const search = searchField("Search the cases", (text) => changeQuery({ search: text, offset: 0 }));
  search.value = query.search;
  const create = h("a", { class: "button primary", href: "#/new" }, "New case");
  const list = caseList(app.settings.workflow, changeQuery);
  const both = panes("Cases", [search, create], list.scroll, list.pager.element);
  root.replaceChildren(both.element);
  let pane;
  let open;

  return {
    update([view, id, action]) {
      open = id;
      both.show(view === "new" || id !== undefined);
      markOpen(list.rows, open);
      if (view === "new") pane = editorPane(both.detail, app, null);
      else if (id === undefined) pane = welcomePane(both.detail, app);
      else if (action === "edit") pane = editorPane(both.detail, app, id);
      else pane = casePane(both.detail, app, id);
    },
    async refresh() {
      await Promise.all([list.refresh(() => open), pane.refresh()]);
    },
    keys: {
      "/": () => search.focus(),
      n: () => app.go("#/new"),
      e: () => open !== undefined && app.go(`#/cases/${encodeURIComponent(open)}/edit`),
      j: () => step(list.rows, 1),
      k: () => step(list.rows, -1),
    },
  };
}

function caseList(workflow, changeQuery) {
  const heads = COLUMNS.map(([label, field, kind]) => head(label, field, kind, changeQuery));
  const rows = h("tbody");
  const table = h("table", { class: "cases" }, h("thead", {}, h("tr", {}, heads)), rows);
  const nothing = h("div", { class: "nothing" }, h("p", { class: "quiet" }, "Loading the cases…"));
  const pager = pagerBar(changeQuery);
  return {
    rows,
    pager,
    scroll: [table, nothing],
    /** `open` returns the id of the open case. */
    async refresh(open) {
      const { total, cases } = await records(`cases?${new URLSearchParams({ ...query, limit: PAGE })}`);
      if (total && query.offset >= total) return changeQuery({ offset: total - 1 - ((total - 1) % PAGE) });
      for (const one of heads) one.setAttribute("aria-sort", direction(one.dataset.field));
      follow(rows, cases, (one) => one.case.id, row(workflow));
      markOpen(rows, open());
      table.hidden = !cases.length;
      redraw(nothing, [total, query.search], () => (total ? [] : empty(query.search)));
      pager.show(total, cases.length);
    },
  };
}

function head(label, field, kind, changeQuery) {
  // The first click sorts dates from newest to oldest, other fields from A to Z.
  const first = field === "createdDate" ? `-${field}` : field;
  const other = first === field ? `-${field}` : field;
  const click = () => changeQuery({ sort: query.sort === first ? other : first, offset: 0 });
  return h("th", { scope: "col", class: kind, "data-field": field }, button(label, click));
}

function direction(field) {
  if (query.sort === field) return "ascending";
  return query.sort === `-${field}` ? "descending" : "none";
}

const row = (workflow) => (one) => {
  const record = one.case;
  const [day, hour] = moment(record.createdDate);
  const href = `#/cases/${encodeURIComponent(record.id)}`;
  return h(
    "tr",
    {},
    h("td", { class: "status" }, badge(workflow, one.state)),
    h(
      "td",
      { class: "what" },
      h("a", { class: "title", href, "data-open": record.id }, title(record)),
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
    h("p", { class: "quiet" }, "Create the first one, or load invented cases."),
    h(
      "p",
      { class: "row" },
      h("a", { class: "button", href: "#/new" }, "New case"),
      h("a", { class: "button", href: "#/data" }, "Demo data"),
    ),
  ];
}

function pagerBar(changeQuery) {
  const turn = (label, name, by) =>
    button(label, () => changeQuery({ offset: Math.max(0, query.offset + by) }), {
      "aria-label": name,
      class: "turn",
    });
  const where = h("span");
  const back = turn("‹", "Previous page", -PAGE);
  const on = turn("›", "Next page", PAGE);
  return {
    element: [where, back, on],
    show(total, here) {
      const from = query.offset;
      const range = total > PAGE ? `${from + 1}–${from + here} of ` : "";
      where.textContent = range + count(total, "case");
      back.disabled = from === 0;
      on.disabled = from + here >= total;
    },
  };
}
