// The editor of a case: its JSON text, the methods to send it, and the errors that the mock reported.

import { call, records, refusal } from "./api.js";
import { button, h, say } from "./dom.js";
import { describeRequest, blank, body, removeDraft, storeDraft, readDraft, writable } from "./draft.js";
import { locate } from "./json.js";

/** The methods for saving an existing case. */
const METHODS = [
  ["PATCH", "sends only the changed fields"],
  ["PUT", "replaces all fields"],
];

/** Shows the editor of the case with this id, or of a new case for null. */
export function editorPane(parent, app, id) {
  const place = id === null ? "/case" : `/case/${encodeURIComponent(id)}`;
  const parts = form(id, { changed, save, leave, discard });
  const { area, verdict, submit, note, method } = parts;
  parent.replaceChildren(parts.pane);
  let base = null;

  function changed() {
    if (base === null) return;
    const draft = { text: area.value, base };
    storeDraft(id, draft);
    submit.textContent = id === null ? "Create" : `Save with ${method()}`;
    note.textContent = describeRequest(method(), draft);
  }

  async function save() {
    if (base === null) return;
    submit.disabled = true;
    verdict.replaceChildren();
    note.textContent = "Sending…";
    try {
      const response = await call(app.settings, method(), place, body(method(), { text: area.value, base }));
      if (response.status >= 300) throw refusal(response);
      removeDraft(id);
      say(id === null ? "Case created" : "Case saved");
      app.go(address(id ?? createdId(response)));
    } catch (error) {
      verdict.replaceChildren(...refused(error, area));
      changed();
    }
    submit.disabled = false;
    app.refreshSoon();
  }

  function leave() {
    app.go(address(id));
  }

  function discard() {
    removeDraft(id);
    leave();
  }

  async function start() {
    const { required, owned } = app.settings;
    const draft = readDraft(id);
    if (id === null) base = blank(required);
    else base = draft?.base ?? writable((await records(`cases/${encodeURIComponent(id)}`)).case, owned);
    area.value = draft?.text ?? base;
    changed();
    area.focus({ preventScroll: true });
    area.setSelectionRange(0, 0);
  }

  return {
    async refresh() {
      if (base === null) await start();
    },
  };
}

/** Creates the elements of the editor. */
function form(id, { changed, save, leave, discard }) {
  const keydown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
    if (event.key === "Escape") leave();
  };
  const area = h("textarea", {
    class: "json",
    spellcheck: "false",
    autocomplete: "off",
    "aria-label": "The case as JSON",
    "aria-describedby": "verdict",
    input: changed,
    keydown,
  });
  const verdict = h("div", { class: "verdict", id: "verdict", "aria-live": "polite" });
  const submit = button("Save", save, { class: "primary", "aria-keyshortcuts": "Control+Enter" });
  const note = h("p", { class: "quiet note" });
  const hint = h("span", { class: "quiet" }, "Ctrl+Enter saves, Esc closes and keeps the draft");
  const pane = h(
    "div",
    { class: "editor" },
    h(
      "header",
      { class: "head" },
      h("a", { class: "back", href: address(id) }, "‹ Back"),
      h("h1", {}, id === null ? "New case" : "Edit the case"),
    ),
    id === null ? null : methods(changed),
    h("div", { class: "beside" }, area, verdict),
    note,
    h("div", { class: "row" }, submit, button("Discard", discard), hint),
  );
  const method = () => pane.querySelector("input[name=method]:checked")?.value ?? "POST";
  return { pane, area, verdict, submit, note, method };
}

function methods(change) {
  return h(
    "fieldset",
    { class: "methods" },
    h("legend", { class: "offscreen" }, "Method"),
    METHODS.map(([method, does], index) => {
      const radio = h("input", { type: "radio", name: "method", value: method, checked: index === 0, change });
      return h("label", {}, radio, h("code", {}, method), ` ${does}`);
    }),
  );
}

function address(id) {
  return id === null ? "#/cases" : `#/cases/${encodeURIComponent(id)}`;
}

/** Returns the id of a new case, or null: a fault may have removed it. */
function createdId(response) {
  try {
    return JSON.parse(response.text).id ?? null;
  } catch {
    return null;
  }
}

/** Returns the elements of a refusal. A click on an error selects its place in the text. */
function refused(error, area) {
  const rows = (error.findings ?? []).map(({ pointer, message }) => {
    const lead = button(pointer || "whole body", () => select(area, pointer), { class: "pointer" });
    return h("li", {}, lead, ` ${message}`);
  });
  const title = error.status ? `${error.status}: ${error.message}` : error.message;
  return [h("p", { class: "failed" }, title), h("ul", { class: "findings" }, rows)];
}

function select(area, pointer) {
  const found = locate(area.value, pointer);
  area.focus();
  if (!found) return;
  area.setSelectionRange(...found);
  const line = area.value.slice(0, found[0]).split("\n").length - 1;
  const height = Number.parseFloat(getComputedStyle(area).lineHeight);
  area.scrollTop = Math.max(0, line * height - area.clientHeight / 2);
}
