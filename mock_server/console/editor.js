// Writes a case: a text, the ways to send it, and beside it what the mock had against it.

import { call, records, refusal } from "./api.js";
import { button, h, say } from "./dom.js";
import { announced, blank, body, forgetDraft, keepDraft, readDraft, writable } from "./draft.js";
import { locate } from "./json.js";

/** The ways of saving a case that exists. */
const WAYS = [
  ["PATCH", "sends the fields that you changed"],
  ["PUT", "replaces all fields"],
];

/** The pane that edits the case with this id, or writes a new one for null. */
export function editorPane(parent, app, id) {
  const place = id === null ? "/case" : `/case/${encodeURIComponent(id)}`;
  const parts = form(id, { changed, save, leave, discard });
  const { area, verdict, submit, note, method } = parts;
  parent.replaceChildren(parts.pane);
  let base = null;

  function changed() {
    if (base === null) return;
    const draft = { text: area.value, base };
    keepDraft(id, draft);
    submit.textContent = id === null ? "Create" : `Save with ${method()}`;
    note.textContent = announced(method(), draft);
  }

  async function save() {
    if (base === null) return;
    submit.disabled = true;
    verdict.replaceChildren(h("p", { class: "quiet" }, "Sending…"));
    try {
      const answer = await call(app.settings, method(), place, body(method(), { text: area.value, base }));
      if (answer.status >= 300) throw refusal(answer);
      forgetDraft(id);
      say(id === null ? "Case created" : "Case saved");
      app.go(address(id ?? created(answer)));
    } catch (error) {
      verdict.replaceChildren(...refused(error, area));
    }
    submit.disabled = false;
    app.poke();
  }

  function leave() {
    app.go(address(id));
  }

  function discard() {
    forgetDraft(id);
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

/** The elements of the editor. */
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
  const hint = h("span", { class: "quiet" }, "Ctrl+Enter saves, Esc leaves the draft");
  const pane = h(
    "div",
    { class: "editor" },
    h(
      "header",
      { class: "head" },
      h("a", { class: "back", href: address(id) }, "‹ Back"),
      h("h1", {}, id === null ? "New case" : "Edit the case"),
    ),
    id === null ? null : ways(changed),
    h("div", { class: "beside" }, area, verdict),
    note,
    h("div", { class: "row" }, submit, button("Discard", discard), hint),
  );
  const method = () => pane.querySelector("input[name=way]:checked")?.value ?? "POST";
  return { pane, area, verdict, submit, note, method };
}

function ways(change) {
  return h(
    "fieldset",
    { class: "ways" },
    h("legend", { class: "offscreen" }, "Method"),
    WAYS.map(([method, does], index) => {
      const radio = h("input", { type: "radio", name: "way", value: method, checked: index === 0, change });
      return h("label", {}, radio, h("code", {}, method), ` ${does}`);
    }),
  );
}

function address(id) {
  return id === null ? "#/cases" : `#/cases/${encodeURIComponent(id)}`;
}

/** The id of a new case, or null: under a fault an answer may have none. */
function created(answer) {
  try {
    return JSON.parse(answer.text).id ?? null;
  } catch {
    return null;
  }
}

/** The refusal; a finding leads to its place in the text. */
function refused(error, area) {
  const rows = (error.findings ?? []).map(({ pointer, message }) => {
    const lead = button(pointer || "the whole", () => select(area, pointer), { class: "pointer" });
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
