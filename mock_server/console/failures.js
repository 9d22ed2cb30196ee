// Failures of the next requests.

import { control } from "./api.js";
import { button, count, h, redraw, say } from "./dom.js";

const KINDS = {
  status: "with the status",
  drop: "by a closed connection",
  truncate: "by a truncated body",
  "not-json": "by an HTML page",
};

/** Returns the card with a form for new failures, and the queue of pending ones. */
export function failuresCard(app) {
  const queue = h("ul", { class: "queue" });
  const operations = ["", ...app.settings.operations].map((name) =>
    h("option", { value: name }, name || "any operation"),
  );
  const submit = (event) => {
    event.preventDefault();
    const { operation, kind, case: id, ...numbers } = Object.fromEntries(new FormData(form));
    const wanted = Object.entries(numbers).map(([name, value]) => [name, Number(value)]);
    const selection = { kind, operation: operation || null, case: id.trim() || null };
    app.perform(async () => {
      await control("POST", "failures", { ...Object.fromEntries(wanted), ...selection });
      say("The next requests will fail");
    });
  };
  const form = h(
    "form",
    { class: "row", submit },
    number("times", 1, "the next", { min: 1 }),
    h("select", { name: "operation", "aria-label": "Operation" }, operations),
    h("input", { type: "text", name: "case", placeholder: "any case id", "aria-label": "Case id" }),
    h(
      "select",
      { name: "kind", "aria-label": "Kind" },
      Object.entries(KINDS).map(([kind, label]) => h("option", { value: kind }, label)),
    ),
    number("status", 503, "", { min: 400, max: 599, "aria-label": "Status" }),
    number("delay", 0, "after", { min: 0 }),
    h("span", { class: "quiet" }, "ms"),
    h("button", {}, "Fail"),
  );
  const clear = () =>
    app.perform(async () => {
      await control("DELETE", "failures");
      say("Pending failures cleared");
    });
  return {
    element: h(
      "section",
      { class: "card", "data-card": "failures" },
      h(
        "header",
        {},
        h("h2", {}, "Fail the next requests"),
        button("Clear", clear, { class: "small" }),
      ),
      form,
      queue,
    ),
    async refresh() {
      const { failures } = await control("GET", "failures");
      redraw(queue, failures, () => failures.map(item));
    },
  };
}

function number(name, value, label, limits) {
  const field = h("input", { type: "number", name, value, required: true, ...limits });
  return h("label", {}, h("span", { class: "quiet" }, label), field);
}

function item({ status, times, operation, delay, kind, case: id }) {
  const which = (operation ? ` of ${operation}` : "") + (id ? ` for the case ${id}` : "");
  const after = delay ? `, after ${delay} ms` : "";
  const failure = kind === "status" ? String(status) : KINDS[kind].replace("by ", "");
  return h("li", {}, `The next ${count(times, "request")}${which}: `, h("b", {}, failure), after);
}
