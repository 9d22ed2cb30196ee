// One case: what it is, where it stands and may go, its record, and every exchange that touched it.

import { call, records, Refusal, refusal } from "./api.js";
import { button, copy, h, redraw, say } from "./dom.js";
import { hasDraft } from "./editor.js";
import { history } from "./journal.js";
import { coloured, pretty } from "./json.js";
import { badge, findings } from "./parts.js";
import { brief, moment, title } from "./record.js";
import { centre, workflowPicture } from "./workflow.js";

/** The pane of the case with this id, in `parent`. */
export function casePane(parent, app, id) {
  const { workflow } = app.settings;
  const place = encodeURIComponent(id);
  const head = h("header", { class: "head" });
  const picture = h("div", { class: "picture", tabindex: "0", role: "group", "aria-label": "Workflow" });
  const moves = h("div", { class: "row moves" });
  const reason = h("input", {
    type: "text",
    id: "reason",
    placeholder: "Reason (optional)",
    "aria-label": "Reason",
  });
  const refused = h("div", { class: "refused", role: "alert", hidden: true });
  const record = h("pre", { class: "json", tabindex: "0", "aria-label": "The record as JSON" });
  const exchanges = history(app, id);
  const body = h(
    "div",
    { class: "case", hidden: true },
    head,
    h(
      "section",
      { class: "card" },
      h("h2", {}, "Workflow"),
      picture,
      h("div", { class: "row" }, moves, reason),
      refused,
    ),
    h("section", { class: "card" }, h("header", {}, h("h2", {}, "Record"), tools()), record),
    h("section", { class: "card" }, h("h2", {}, "History"), exchanges.element),
  );
  const absent = h("div", { class: "nothing" }, h("p", { class: "quiet" }, "Loading the case…"));
  parent.replaceChildren(absent, body);
  let current = null;

  function tools() {
    return h(
      "div",
      { class: "row" },
      button("Copy", () => copy(pretty(current.case), "the record"), { class: "small" }),
      h("a", { class: "button small edit", href: `#/cases/${place}/edit`, "aria-keyshortcuts": "e" }, "Edit"),
    );
  }

  async function move(wanted) {
    const why = reason.value.trim();
    const sent = { caseStatus: wanted, workflowId: current.case.lastWorkflowId, ...(why && { reason: why }) };
    const buttons = [...moves.children];
    for (const one of buttons) one.disabled = true;
    try {
      const answer = await call(app.settings, "POST", `/case/${place}/transition`, JSON.stringify(sent));
      if (answer.status >= 300) throw refusal(answer);
      reason.value = "";
      refused.hidden = true;
      say(`Moved: ${wanted}`);
    } catch (error) {
      refused.replaceChildren(h("p", {}, error.message), findings(error));
      refused.hidden = false;
    }
    for (const one of buttons) one.disabled = false;
    await app.poke();
  }

  function draw({ state, moves: legal, case: now }) {
    redraw(head, [state, now, hasDraft(id)], () => heading(workflow, state, now, hasDraft(id)));
    if (redraw(picture, state, () => workflowPicture(workflow, state))) centre(picture);
    redraw(moves, legal, () =>
      legal.length
        ? legal.map((name) => button(name, () => move(name), { class: "move", "data-move": name }))
        : h("p", { class: "quiet" }, "No move leads on from here."),
    );
    redraw(record, now, () => coloured(pretty(now)));
  }

  return {
    async refresh() {
      try {
        current = await records(`cases/${place}`);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        body.hidden = true;
        absent.hidden = false;
        return redraw(absent, error.message, () => gone(id, error));
      }
      absent.hidden = true;
      body.hidden = false;
      draw(current);
      await exchanges.refresh();
    },
  };
}

function heading(workflow, state, record, draft) {
  return [
    h("a", { class: "back", href: "#/cases" }, "‹ Cases"),
    h("h1", {}, title(record)),
    h(
      "p",
      { class: "row facts" },
      badge(workflow, state),
      record.caseNumber ? h("span", { class: "id" }, brief(record.caseNumber)) : null,
      h("span", { class: "id" }, record.id),
      button("Copy id", () => copy(record.id, "the id"), { class: "small" }),
      h("span", { class: "quiet" }, `created ${moment(record.createdDate).join(" ")}`),
      draft ? h("span", { class: "badge warning" }, "unsaved draft") : null,
    ),
  ];
}

function gone(id, error) {
  return [
    h("p", {}, "There is no case ", h("code", {}, id), "."),
    h("p", { class: "quiet" }, error.message),
    h("p", {}, h("a", { class: "button", href: "#/cases" }, "All cases")),
  ];
}
