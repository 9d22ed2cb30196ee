// Pieces that several views show.

import { h } from "./dom.js";
import { hue, shown } from "./record.js";

/** A list, with a bar above and one below, and beside it what is open; a phone shows one of them at a time. */
export function panes(name, bar, scroll, foot) {
  const detail = h("section", { class: "detail", "aria-label": "What is open" });
  const list = h(
    "section",
    { class: "list", "aria-label": name },
    h("div", { class: "bar" }, bar),
    h("div", { class: "scroll" }, scroll),
    h("div", { class: "pager" }, foot),
  );
  const element = h("div", { class: "panes" }, list, detail);
  return {
    element,
    detail,
    /** Whether something is open. */
    show(open) {
      element.dataset.open = open ? "detail" : "list";
      detail.scrollTop = 0;
    },
  };
}

/** The field that "/" leads to; `change` gets its text. */
export function searchField(label, change) {
  const field = h("input", {
    type: "search",
    id: "search",
    placeholder: label,
    "aria-label": label,
    "aria-keyshortcuts": "/",
    autocomplete: "off",
    spellcheck: "false",
    input: () => change(field.value),
  });
  return field;
}

/** Marks the link of what is open in a list. */
export function markOpen(rows, open) {
  for (const link of rows.querySelectorAll("[data-open]")) {
    if (link.dataset.open === open) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** Moves the focus in a list of links, from the one that is open where none has it. */
export function step(rows, by) {
  const links = [...rows.querySelectorAll("[data-open]")];
  const at = links.findIndex((link) => link === document.activeElement);
  const current = links.findIndex((link) => link.hasAttribute("aria-current"));
  const from = at >= 0 ? at : current >= 0 ? current : by > 0 ? -1 : links.length;
  links[Math.min(links.length - 1, Math.max(0, from + by))]?.focus();
}

/** The status as a record shows it, in the colour of its state. */
export function badge(workflow, state) {
  return h("span", { class: `badge ${hue(workflow, state)}` }, shown(workflow, state));
}

/** The findings of a refusal: where, and what. */
export function findings(error) {
  const rows = (error.findings ?? []).map(({ pointer, message }) =>
    h("li", {}, h("code", {}, pointer || "the whole"), ` ${message}`),
  );
  return h("ul", { class: "findings" }, rows);
}
