// Pieces that several views show.

import { h } from "./dom.js";
import { hue, shown } from "./record.js";

/** The status as a record shows it, in the colour of its state. */
export function badge(workflow, state) {
  return h("span", { class: `badge ${hue(workflow, state)}` }, shown(workflow, state));
}

/** Moves the focus in a list of links, from the one that is open where none has it. */
export function step(rows, by) {
  const links = [...rows.querySelectorAll("a")];
  const at = links.findIndex((link) => link === document.activeElement);
  const current = links.findIndex((link) => link.hasAttribute("aria-current"));
  const from = at >= 0 ? at : current >= 0 ? current : by > 0 ? -1 : links.length;
  links[Math.min(links.length - 1, Math.max(0, from + by))]?.focus();
}

/** The findings of a refusal: where, and what. */
export function findings(error) {
  const rows = (error.findings ?? []).map((one) =>
    h("li", {}, h("code", {}, one.pointer || "the whole"), " ", String(one.message)),
  );
  return rows.length ? h("ul", { class: "findings" }, rows) : null;
}
