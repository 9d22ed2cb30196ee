// One case: its title, workflow, record, and exchanges.

import { call, records, Refusal, refusal } from "./api.js";
import { button, copy, h, redraw, say } from "./dom.js";
import { hasDraft } from "./draft.js";
import { history } from "./journal.js";
import { coloured, pretty } from "./json.js";
import { badge, findings } from "./parts.js";
import { brief, moment, title } from "./record.js";
import { centre, workflowPicture } from "./workflow.js";

/** Shows the pane of the case with this id in `parent`. */
export function casePane(parent, app, id) {
  const place = encodeURIComponent(id);
  const head = h("header", { class: "head" });
  const workflow = workflowCard(app, place);
  const record = recordCard(place);
  const exchanges = history(app, id);
  const whole = h(
    "div",
    { class: "case", hidden: true },
    head,
    workflow.element,
    record.element,
    h("section", { class: "card" }, h("h2", {}, "History"), exchanges.element),
  );
  const absent = h("div", { class: "nothing" }, h("p", { class: "quiet" }, "Loading the case…"));
  parent.replaceChildren(absent, whole);

  function show(one) {
    absent.hidden = true;
    whole.hidden = false;
    const draft = hasDraft(id);
    redraw(head, [one, draft], () => heading(app.settings.workflow, one, draft));
    workflow.show(one);
    record.show(one.case);
  }

  function showError(error) {
    whole.hidden = true;
    absent.hidden = false;
    redraw(absent, error.message, () => notFound(id, error));
  }

  return {
    async refresh() {
      try {
        show(await records(`cases/${place}`));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return showError(error);
      }
      await exchanges.refresh();
    },
  };
}

function heading(workflow, { state, case: record }, draft) {
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

function notFound(id, error) {
  return [
    h("p", {}, "There is no case ", h("code", {}, id), "."),
    h("p", { class: "quiet" }, error.message),
    h("p", {}, h("a", { class: "button", href: "#/cases" }, "All cases")),
  ];
}

/** Returns the card with the picture of the workflow, and a button for each legal transition. */
function workflowCard(app, place) {
  const { workflow } = app.settings;
  const picture = h("div", { class: "picture", tabindex: "0", role: "group", "aria-label": "Workflow" });
  const transitions = h("div", { class: "row transitions" });
  const words = { placeholder: "Reason (optional)", "aria-label": "Reason" };
  const reason = h("input", { type: "text", id: "reason", autocomplete: "off", ...words });
  const refused = h("div", { class: "refused", role: "alert", hidden: true });
  let workflowId;

  async function transition(wanted) {
    const why = reason.value.trim();
    const sent = { caseStatus: wanted, workflowId, ...(why && { reason: why }) };
    for (const one of transitions.children) one.disabled = true;
    try {
      const response = await call(app.settings, "POST", `/case/${place}/transition`, JSON.stringify(sent));
      if (response.status >= 300) throw refusal(response);
      reason.value = "";
      refused.hidden = true;
      say(`Transition: ${wanted}`);
    } catch (error) {
      refused.replaceChildren(h("p", {}, error.message), findings(error));
      refused.hidden = false;
    }
    for (const one of transitions.children) one.disabled = false;
    await app.refreshSoon();
    transitions.querySelector("button")?.focus();
  }

  return {
    element: h(
      "section",
      { class: "card" },
      h("h2", {}, "Workflow"),
      picture,
      h("div", { class: "row" }, transitions, reason),
      refused,
    ),
    show({ state, moves: legal, case: record }) {
      workflowId = record.lastWorkflowId;
      if (redraw(picture, state, () => workflowPicture(workflow, state))) centre(picture);
      redraw(transitions, legal, () =>
        legal.length
          ? legal.map((name) => button(name, () => transition(name), { class: "transition", "data-transition": name }))
          : h("p", { class: "quiet" }, "This state allows no transitions."),
      );
    },
  };
}

function recordCard(place) {
  const text = h("pre", { class: "json", tabindex: "0", "aria-label": "The record as JSON" });
  const edit = { class: "button small edit", href: `#/cases/${place}/edit`, "aria-keyshortcuts": "e" };
  const tools = h(
    "div",
    { class: "row" },
    button("Copy", () => copy(text.textContent, "the record"), { class: "small" }),
    h("a", edit, "Edit"),
  );
  return {
    element: h("section", { class: "card" }, h("header", {}, h("h2", {}, "Record"), tools), text),
    show: (record) => redraw(text, record, () => coloured(pretty(record))),
  };
}
