// The state of the mock as a whole: reset, seed, export, import, snapshots. A snapshot, an export and a file of cases
// are one format.

import { control, controlText } from "./api.js";
import { button, confirmed, count, download, fileButton, follow, h, redraw, say } from "./dom.js";
import { parse } from "./json.js";
import { findings } from "./parts.js";

/** The view at #/data. */
export function dataView(root, app) {
  const total = h("p", { class: "figure" }, "…");
  const refused = h("div", { class: "refused", role: "alert", hidden: true });
  const snapshots = snapshotList(change);

  /** Does something with the state and says what came of it; a refusal stays until the next try. */
  function change(act) {
    return app.does(async () => {
      refused.hidden = true;
      try {
        const said = await act();
        if (said) say(said);
      } catch (error) {
        if (!error.findings) throw error;
        refused.replaceChildren(h("p", {}, error.message), findings(error));
        refused.hidden = false;
      }
    });
  }

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
          [total, quiet(`In the ${app.settings.store} store.`)],
          [button("Reset", () => change(reset), { class: "danger" })],
        ),
        card("Seed", quiet("Adds cases to those that are there: thirty invented ones, or your own."), [
          button("Demo data", () => change(() => seed({ data: "demo" }))),
          fileButton("From a file…", (file) => change(async () => seed({ cases: await casesOf(file) }))),
        ]),
        card(
          "Export and import",
          quiet("All cases as one JSON file. An import takes the place of what is there."),
          [
            button("Export", () => change(exportState)),
            fileButton("Import a file…", (file) => change(() => importState(file))),
          ],
        ),
      ),
      snapshots.element,
    ),
  );

  return {
    update() {},
    async refresh() {
      const [{ total: now }] = await Promise.all([control("GET", "cases?limit=1"), snapshots.refresh()]);
      redraw(total, now, () => count(now, "case"));
    },
    keys: {},
  };
}

function card(name, about, controls) {
  return h("section", { class: "card" }, h("h2", {}, name), about, h("div", { class: "row" }, controls));
}

function quiet(text) {
  return h("p", { class: "quiet" }, text);
}

async function reset() {
  const question =
    "The mock becomes what it was at its start: cases, behaviour, an empty journal. Snapshots stay.";
  if (!(await confirmed(question, "Reset"))) return "";
  await control("POST", "reset");
  return "Reset";
}

async function seed(what) {
  return `${count((await control("POST", "seed", what)).added, "case")} added`;
}

async function exportState() {
  download("cases.json", await controlText("GET", "state"));
  return "Exported";
}

async function importState(file) {
  if (!(await confirmed(`The cases of “${file.name}” take the place of all others.`, "Import"))) return "";
  await controlText("PUT", "state", await file.text());
  return "Imported";
}

/** The cases of a state file, or of a bare list. */
async function casesOf(file) {
  const value = parse(await file.text());
  return Array.isArray(value) ? value : value?.cases;
}

function snapshotList(change) {
  const list = h("ul", { class: "snapshots" });
  const nothing = quiet("Loading the snapshots…");
  const name = h("input", {
    type: "text",
    required: true,
    pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}",
    title: "Letters, digits, dots, hyphens and underscores",
    placeholder: "Name",
    "aria-label": "Name of the snapshot",
    autocomplete: "off",
    spellcheck: "false",
  });
  const submit = (event) => {
    event.preventDefault();
    change(async () => {
      await control("PUT", place(name.value));
      const said = `Saved ${name.value}`;
      name.value = "";
      return said;
    });
  };
  const form = h("form", { class: "row", submit }, name, h("button", {}, "Save"));
  return {
    element: h("section", { class: "card" }, h("h2", {}, "Snapshots"), form, list, nothing),
    async refresh() {
      const { snapshots } = await control("GET", "snapshots");
      follow(
        list,
        snapshots,
        (one) => one.name,
        (one) => snapshotRow(one, change),
      );
      nothing.textContent = snapshots.length
        ? ""
        : "None yet. A snapshot keeps all cases as they are now, to come back to.";
    },
  };
}

function snapshotRow({ name, cases }, change) {
  const restore = async () => {
    if (!(await confirmed(`The cases of “${name}” take the place of all others.`, "Restore"))) return "";
    await control("POST", `${place(name)}/restore`);
    return `Restored ${name}`;
  };
  const fetched = async () => {
    download(`${name}.json`, await controlText("GET", place(name)));
    return `Exported ${name}`;
  };
  const forget = async () => {
    if (!(await confirmed(`The snapshot “${name}” is deleted.`, "Delete"))) return "";
    await control("DELETE", place(name));
    return `Deleted ${name}`;
  };
  return h(
    "li",
    { "data-name": name },
    h("span", { class: "what" }, name),
    h("span", { class: "quiet" }, cases === null ? "not readable" : count(cases, "case")),
    h(
      "span",
      { class: "row" },
      button("Restore", () => change(restore)),
      button("Download", () => change(fetched)),
      button("Delete", () => change(forget)),
    ),
  );
}

function place(name) {
  return `snapshots/${encodeURIComponent(name)}`;
}
