// Elements that several views share.

import { h } from "./dom.js";
import { hue, shown } from "./record.js";

/** Returns a list between two bars, and a pane for the open item. A phone shows one of them at a time. */
export function panes(name, bar, scroll, foot) {
  const detail = h("section", { class: "detail", "aria-label": "Details" });
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
    /** Shows the open item, or the list on a phone. */
    show(open) {
      element.dataset.open = open ? "detail" : "list";
      detail.scrollTop = 0;
    },
  };
}

/** Returns a search field, which "/" focuses; `change` is called with its text. */
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

/** Marks the link of the open item in a list. */
export function markOpen(rows, open) {
  for (const link of rows.querySelectorAll("[data-open]")) {
    if (link.dataset.open === open) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** Moves the focus in a list of links. Without a focus it starts at the open item. */
export function step(rows, by) {
  const links = [...rows.querySelectorAll("[data-open]")];
  const at = links.findIndex((link) => link === document.activeElement);
  const current = links.findIndex((link) => link.hasAttribute("aria-current"));
  const from = at >= 0 ? at : current >= 0 ? current : by > 0 ? -1 : links.length;
  links[Math.min(links.length - 1, Math.max(0, from + by))]?.focus();
}

/** Returns the shown status in the colour of its state. */
export function badge(workflow, state) {
  return h("span", { class: `badge ${hue(workflow, state)}` }, shown(workflow, state));
}

/** Returns the list of errors of a refusal. */
export function findings(error) {
  const rows = (error.findings ?? []).map(({ pointer, message }) =>
    h("li", {}, h("code", {}, pointer || "whole body"), ` ${message}`),
  );
  return h("ul", { class: "findings" }, rows);
}
