// The state of the mock as a whole: seed, reset, snapshots, export and import. A snapshot, an export and a file of cases
// are one format.

import { control, controlText } from "./api.js";
import { button, chosenFile, confirmed, count, download, follow, h, redraw, say } from "./dom.js";
import { findings } from "./parts.js";

const YAML = /\.ya?ml$/i;

/** The view at #/data. */
export function dataView(root, app) {
  const total = h("p", { class: "figure" }, "…");
  const refused = h("div", { class: "refused", role: "alert", hidden: true });
  const snapshots = h("ul", { class: "snapshots" });
  const nothing = h("p", { class: "quiet" }, "Loading the snapshots…");
  const name = h("input", {
    type: "text",
    name: "name",
    required: true,
    placeholder: "Name",
    "aria-label": "Name of the snapshot",
    autocomplete: "off",
  });

  /** Does something with the state; says what came of it, or what was wrong. */
  const change = (act) => () =>
    app.does(async () => {
      refused.hidden = true;
      try {
        const said = await act();
        if (said) say(said);
      } catch (error) {
        if (!error.findings) throw error;
        refused.replaceChildren(h("p", {}, error.message), findings(error) ?? "");
        refused.hidden = false;
      }
    });

  const seedDemo = change(
    async () => `${count((await control("POST", "seed", { data: "demo" })).added, "case")} added`,
  );
  const seedFile = change(async () => {
    const file = await chosenFile();
    const { cases } = await stateOf(file);
    return `${count((await control("POST", "seed", { cases })).added, "case")} added`;
  });
  const reset = change(async () => {
    if (!(await confirmed("All cases go, and those that were there at the start come back.", "Reset")))
      return "";
    await control("POST", "reset");
    return "Reset";
  });
  const exported = change(async () => {
    download("cases.json", await controlText("GET", "state"));
    return "Exported";
  });
  const imported = change(async () => {
    const file = await chosenFile();
    if (!(await confirmed(`The cases of ${file.name} take the place of all others.`, "Import"))) return "";
    await controlText(
      "PUT",
      "state",
      await file.text(),
      YAML.test(file.name) ? "application/yaml" : "application/json",
    );
    return "Imported";
  });
  const save = change(async () => {
    const wanted = name.value.trim();
    if (!wanted) return "";
    await control("PUT", `snapshots/${encodeURIComponent(wanted)}`);
    name.value = "";
    return `Saved ${wanted}`;
  });

  root.replaceChildren(
    h(
      "div",
      { class: "page" },
      h("h1", { class: "offscreen" }, "Data"),
      refused,
      h(
        "div",
        { class: "cards" },
        card(
          "Cases",
          total,
          h("p", { class: "quiet" }, `In the ${app.settings.store} store.`),
          h("div", { class: "row" }, button("Reset", reset, { class: "danger" })),
        ),
        card(
          "Seed",
          h(
            "p",
            { class: "quiet" },
            "Adds cases to those that are there: thirty invented ones, or your own from a file.",
          ),
          h("div", { class: "row" }, button("Demo data", seedDemo), button("From a file…", seedFile)),
        ),
        card(
          "Export and import",
          h("p", { class: "quiet" }, "The whole state as one JSON file. An import replaces all cases."),
          h("div", { class: "row" }, button("Export", exported), button("Import a file…", imported)),
        ),
        h(
          "section",
          { class: "card wide" },
          h("h2", {}, "Snapshots"),
          h(
            "form",
            { class: "row", submit: (event) => (event.preventDefault(), save()) },
            name,
            h("button", {}, "Save"),
          ),
          snapshots,
          nothing,
        ),
      ),
    ),
  );

  function snapshot({ name: known, cases }) {
    const place = `snapshots/${encodeURIComponent(known)}`;
    const restore = change(async () => {
      if (!(await confirmed(`The cases of “${known}” take the place of all others.`, "Restore"))) return "";
      await control("POST", `${place}/restore`);
      return `Restored ${known}`;
    });
    const fetched = change(async () => {
      download(`${known.replace(/[^\w.-]+/g, "-")}.json`, await controlText("GET", place));
      return `Exported ${known}`;
    });
    const remove = change(async () => {
      if (!(await confirmed(`The snapshot “${known}” is deleted.`, "Delete"))) return "";
      await control("DELETE", place);
      return `Deleted ${known}`;
    });
    return h(
      "li",
      { "data-name": known },
      h("span", { class: "what" }, known),
      h("span", { class: "quiet" }, count(cases, "case")),
      h(
        "span",
        { class: "row" },
        button("Restore", restore),
        button("Download", fetched),
        button("Delete", remove),
      ),
    );
  }

  return {
    update() {},
    async refresh() {
      const [{ total: now }, { snapshots: known }] = await Promise.all([
        control("GET", "cases?limit=1"),
        control("GET", "snapshots"),
      ]);
      redraw(total, now, () => count(now, "case"));
      follow(snapshots, known, (one) => one.name, snapshot);
      nothing.textContent = known.length
        ? ""
        : "None yet. A snapshot keeps all cases as they are now, to come back to.";
    },
    keys: {},
  };
}

function card(name, ...children) {
  return h("section", { class: "card", "data-card": name }, h("h2", {}, name), children);
}

/** The cases of a file as the control API takes them; only the mock reads YAML. */
async function stateOf(file) {
  const value = JSON.parse(await file.text());
  return Array.isArray(value) ? { cases: value } : value;
}
