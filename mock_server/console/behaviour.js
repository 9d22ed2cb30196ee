// The behaviour of the mock: outage, latency, rate limit and token life, and below them pending failures and faults.

import { control } from "./api.js";
import { button, count, h, say } from "./dom.js";
import { failuresCard } from "./failures.js";
import { faultsCard } from "./faults.js";

/** The numeric settings: `read` takes the values from a behaviour, `write` creates a change; null means off. */
const AMOUNTS = [
  {
    name: "Latency",
    about: "Delay of each response.",
    labels: ["from", "to"],
    unit: "ms",
    read: ({ latency }) => [latency?.min ?? null, latency?.max ?? null],
    write: ([min, max]) => ({
      latency: min === null && max === null ? null : { min: min ?? max, max: max ?? min },
    }),
  },
  {
    name: "Rate limit",
    about: "Further requests get 429.",
    labels: ["at most"],
    unit: "a second",
    read: ({ rate }) => [rate],
    write: ([rate]) => ({ rate }),
  },
  {
    name: "Token life",
    about: "Tokens of the token endpoint expire after this time.",
    labels: ["at most"],
    unit: "s",
    read: ({ token_life: life }) => [life],
    write: ([life]) => ({ token_life: life }),
  },
];

/** The view at #/behaviour. */
export function behaviourView(root, app) {
  const change = (part) =>
    app.perform(async () => {
      show(await control("PATCH", "behaviour", part));
      say("Applied");
    });
  const rows = [outageRow(change), ...AMOUNTS.map((amount) => amountRow(amount, change))];
  const failures = failuresCard(app);
  const faults = faultsCard(change);
  root.replaceChildren(
    h(
      "div",
      { class: "page" },
      h("h1", { class: "offscreen" }, "Behaviour"),
      h(
        "ul",
        { class: "card settings" },
        rows.map((row) => row.element),
      ),
      failures.element,
      faults.element,
    ),
  );

  function show(behaviour) {
    for (const row of rows) row.show(behaviour);
    faults.show(behaviour);
  }

  return {
    update() {},
    async refresh() {
      const [behaviour] = await Promise.all([
        control("GET", "behaviour"),
        failures.refresh(),
        faults.refresh(),
      ]);
      show(behaviour);
    },
    keys: { "/": () => faults.search.focus() },
  };
}

function outageRow(change) {
  const click = () => change({ outage: box.checked });
  const box = h("input", { type: "checkbox", role: "switch", id: "outage", click });
  const element = settingRow(
    "Outage",
    "Every request gets 503.",
    h("label", { class: "row" }, box, "The API is down"),
  );
  return {
    element,
    show({ outage }) {
      box.checked = outage;
      element.classList.toggle("on", outage);
    },
  };
}

function amountRow({ name, about, labels, unit, read, write }, change) {
  let typing = false; // while the user types, a refresh does not overwrite the fields
  const fields = labels.map((label) => amountField(`${name}: ${label}, in ${unit}`));
  const apply = (values) => {
    typing = false;
    return change(write(values));
  };
  const submit = (event) => {
    event.preventDefault();
    apply(fields.map(({ value }) => (value === "" ? null : Number(value))));
  };
  const form = h(
    "form",
    { class: "row", submit, input: () => (typing = true) },
    labels.map((label, index) => [h("span", { class: "quiet" }, label), fields[index]]),
    h("span", { class: "quiet" }, unit),
    h("button", {}, "Apply"),
    button("Off", () => apply(labels.map(() => null))),
  );
  const element = settingRow(name, about, form);
  return {
    element,
    show(behaviour) {
      const values = read(behaviour);
      const on = values.some((value) => value !== null);
      element.classList.toggle("on", on);
      if (!typing) fields.forEach((field, index) => (field.value = values[index] ?? ""));
    },
  };
}

function amountField(label) {
  return h("input", { type: "number", min: "0", step: "any", placeholder: "off", "aria-label": label });
}

function settingRow(name, about, controls) {
  const words = h("div", {}, h("h2", {}, name), h("p", { class: "quiet" }, about));
  return h("li", { "data-setting": name }, words, controls);
}

/** Returns a short description of each difference from the default behaviour. */
export function unusual({ outage, latency, rate, token_life: life, faults }) {
  const { min, max } = latency ?? {};
  return [
    outage && "outage",
    latency && `latency ${min === max ? min : `${min}–${max}`} ms`,
    rate !== null && `${rate} requests a second`,
    life !== null && `tokens live ${life} s`,
    faults.length > 0 && count(faults.length, "fault"),
  ].filter(Boolean);
}
