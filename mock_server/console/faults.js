// The list of named faults, with a search field and a check box for each.

import { control } from "./api.js";
import { button, count, follow, h } from "./dom.js";
import { searchField } from "./parts.js";

let all = null; // constant while the mock runs

/** Returns the card; `change` is called with the changed part of the behaviour. */
export function faultsCard(change) {
  const search = searchField("Search the faults", () => draw());
  const list = h("ul", { class: "faults" });
  const tally = h("span", { class: "quiet" });
  const allOff = button("All off", () => change({ faults: [] }));
  let on = [];

  function draw() {
    if (!all) return;
    const words = search.value.toLowerCase().split(/\s+/);
    const rows = all
      .filter((fault) => words.every((word) => searched(fault).includes(word)))
      .map((fault) => ({ ...fault, on: on.includes(fault.name) }));
    follow(
      list,
      [...rows.filter((row) => row.on), ...rows.filter((row) => !row.on)],
      (row) => row.name,
      item,
    );
    tally.textContent = `${on.length ? `${on.length} on, ` : ""}${count(rows.length, "fault")}`;
  }

  function item(fault) {
    const others = () => on.filter((name) => name !== fault.name);
    const flip = () => change({ faults: fault.on ? others() : [...others(), fault.name] });
    const box = h("input", { type: "checkbox", checked: fault.on, "data-fault": fault.name, change: flip });
    const what = h(
      "span",
      { class: "what" },
      h("code", {}, fault.name),
      h("span", { class: "quiet" }, fault.summary),
    );
    const requirements = h("span", { class: "id" }, fault.requirements.join(" "));
    return h("li", { class: fault.on ? "on" : null }, h("label", {}, box, what, requirements));
  }

  return {
    search,
    element: h(
      "section",
      { class: "card" },
      h("header", {}, h("h2", {}, "Faults"), tally),
      h("div", { class: "bar" }, search, allOff),
      list,
    ),
    async refresh() {
      all ??= (await control("GET", "faults")).faults;
    },
    show({ faults }) {
      on = faults;
      draw();
    },
  };
}

function searched({ name, group, summary, requirements }) {
  return `${name} ${group} ${summary} ${requirements.join(" ")}`.toLowerCase();
}
