// Writes a case: the text is sent as it stands, and what the mock answers is shown beside it.
// A text that was not saved stays as a draft in this tab.

import { call, records, refusal } from "./api.js";
import { button, h, redraw, say } from "./dom.js";
import { locate, parse, pretty } from "./json.js";

/** The ways of saving a case that exists. */
const WAYS = [
  ["PATCH", "sends the fields that you changed"],
  ["PUT", "replaces all fields"],
];

const key = (id) => `caseiq-draft:${id ?? ""}`;

export function hasDraft(id) {
  return sessionStorage.getItem(key(id)) !== null;
}

/** The pane that edits the case with this id, or writes a new one for null. */
export function editorPane(parent, app, id) {
  const { settings } = app;
  const area = h("textarea", {
    class: "json",
    spellcheck: "false",
    autocomplete: "off",
    "aria-label": "The case as JSON",
    "aria-describedby": "verdict",
    input: changed,
    keydown: (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
      if (event.key === "Escape") leave();
    },
  });
  const verdict = h("div", { class: "verdict", id: "verdict", "aria-live": "polite" });
  const submit = button("", save, { class: "primary", "aria-keyshortcuts": "Control+Enter" });
  const ways = id === null ? [] : WAYS.map(way);
  const note = h("p", { class: "quiet note" });
  const pane = h(
    "div",
    { class: "editor" },
    h(
      "header",
      { class: "head" },
      h("a", { class: "back", href: back(id) }, "‹ Back"),
      h("h1", {}, id === null ? "New case" : "Edit the case"),
    ),
    id === null
      ? null
      : h("fieldset", { class: "ways" }, h("legend", { class: "offscreen" }, "Method"), ways),
    h("div", { class: "beside" }, area, verdict),
    note,
    h(
      "div",
      { class: "row" },
      submit,
      button("Discard", discard),
      h("span", { class: "quiet wide" }, "Ctrl+Enter saves, Esc leaves the draft"),
    ),
  );
  parent.replaceChildren(pane);
  let base = null;

  function way([method, does]) {
    const radio = h("input", {
      type: "radio",
      name: "way",
      value: method,
      checked: method === "PATCH",
      change: changed,
    });
    return h("label", {}, radio, h("code", {}, method), ` ${does}`);
  }

  function method() {
    return id === null ? "POST" : pane.querySelector("input[name=way]:checked").value;
  }

  function start(text) {
    area.value = text;
    changed();
    area.focus({ preventScroll: true });
    area.setSelectionRange(0, 0);
  }

  function changed() {
    const dirty = base !== null && area.value !== base.text;
    if (dirty) sessionStorage.setItem(key(id), JSON.stringify({ text: area.value, base }));
    else sessionStorage.removeItem(key(id));
    submit.textContent = id === null ? "Create" : `Save with ${method()}`;
    note.textContent = base === null ? "" : said(method(), area.value, base);
  }

  async function save() {
    if (base === null) return;
    submit.disabled = true;
    verdict.replaceChildren(h("p", { class: "quiet" }, "Sending…"));
    try {
      const place = id === null ? "/case" : `/case/${encodeURIComponent(id)}`;
      const answer = await call(settings, method(), place, body(method(), area.value, base));
      if (answer.status >= 300) throw refusal(answer);
      sessionStorage.removeItem(key(id));
      say(id === null ? "Case created" : "Case saved");
      app.go(`#/cases/${encodeURIComponent(id ?? JSON.parse(answer.text).id)}`);
    } catch (error) {
      verdict.replaceChildren(...refusedWith(error, area));
    }
    submit.disabled = false;
    app.poke();
  }

  function discard() {
    sessionStorage.removeItem(key(id));
    leave();
  }

  function leave() {
    app.go(back(id));
  }

  async function load() {
    const kept = JSON.parse(sessionStorage.getItem(key(id)) ?? "null");
    if (id === null) base = { text: pretty(template(settings.required)) };
    else
      base = kept?.base ?? {
        text: pretty(own((await records(`cases/${encodeURIComponent(id)}`)).case, settings)),
      };
    start(kept?.text ?? base.text);
  }

  return {
    async refresh() {
      if (base !== null) return;
      try {
        await load();
      } catch (error) {
        redraw(verdict, error.message, () => h("p", {}, error.message));
        throw error;
      }
    },
  };
}

function back(id) {
  return id === null ? "#/cases" : `#/cases/${encodeURIComponent(id)}`;
}

function template(required) {
  const blank = Object.fromEntries(required.map((field) => [field, ""]));
  return { summary: "", owner: null, ...blank };
}

/** What a client may write: the rest is the server's, and ignored in a body. */
function own(record, { owned }) {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !owned.includes(name)));
}

/** The body to send: PATCH has only what differs, unless the text is no object and the mock shall say so. */
function body(method, text, base) {
  if (method !== "PATCH") return text;
  const difference = compared(text, base);
  return difference ? pretty(difference.changes) : text;
}

function compared(text, base) {
  if (!text.trimStart().startsWith("{")) return null;
  let now;
  try {
    now = parse(text);
  } catch {
    return null;
  }
  const before = parse(base.text);
  const same = (name) =>
    Object.hasOwn(before, name) && JSON.stringify(before[name]) === JSON.stringify(now[name]);
  const changes = Object.fromEntries(Object.entries(now).filter(([name]) => !same(name)));
  return { changes, removed: Object.keys(before).filter((name) => !Object.hasOwn(now, name)) };
}

/** What will be sent, in words. */
function said(method, text, base) {
  const difference = compared(text, base);
  if (!difference) return "This is not a JSON object; it is sent as it stands.";
  if (method !== "PATCH") return "";
  const { changes, removed } = difference;
  if (removed.length) return `PATCH cannot remove ${removed.join(", ")}; PUT can.`;
  return Object.keys(changes).length
    ? `Sends ${Object.keys(changes).join(", ")}.`
    : "Nothing is changed yet.";
}

/** The refusal; a finding leads to its place in the text. */
function refusedWith(error, area) {
  const rows = (error.findings ?? []).map((one) =>
    h(
      "li",
      {},
      button(one.pointer || "the whole", () => select(area, one.pointer), { class: "pointer" }),
      " ",
      String(one.message),
    ),
  );
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
