// The whole state of the mock: reset, seed, export, import and snapshots. All files have the same format.

import { control, controlText } from "./api.js";
import { button, confirmed, count, download, fileButton, follow, h, redraw, say } from "./dom.js";
import { parse } from "./json.js";
import { findings } from "./parts.js";

/** The view at #/data. */
export function dataView(root, app) {
  const total = h("p", { class: "figure" }, "…");
  const refused = h("div", { class: "refused", role: "alert", hidden: true });
  const snapshots = snapshotList(change);

  /** Changes the state, and shows the result. An error message stays until the next change. */
  function change(act) {
    return app.perform(async () => {
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
        card("Seed", quiet("Adds cases: thirty invented ones, or your own."), [
          button("Demo data", () => change(() => seed({ data: "demo" }))),
          fileButton("From a file…", (file) => change(async () => seed({ cases: await casesOf(file) }))),
        ]),
        card(
          "Export and import",
          quiet("All cases as one JSON file. An import replaces all cases."),
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
    "This restores the initial cases and behaviour, and clears the journal. Snapshots stay.";
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
  if (!(await confirmed(`The cases in “${file.name}” will replace all cases.`, "Import"))) return "";
  await controlText("PUT", "state", await file.text());
  return "Imported";
}

/** Returns the cases of a state file, or of a plain list. */
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
        : "None yet. A snapshot stores all cases, so that you can restore them later.";
    },
  };
}

function snapshotRow({ name, cases }, change) {
  const restore = async () => {
    if (!(await confirmed(`The cases in “${name}” will replace all cases.`, "Restore"))) return "";
    await control("POST", `${place(name)}/restore`);
    return `Restored ${name}`;
  };
  const exportSnapshot = async () => {
    download(`${name}.json`, await controlText("GET", place(name)));
    return `Exported ${name}`;
  };
  const remove = async () => {
    if (!(await confirmed(`The snapshot “${name}” will be deleted.`, "Delete"))) return "";
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
      button("Download", () => change(exportSnapshot)),
      button("Delete", () => change(remove)),
    ),
  );
}

function place(name) {
  return `snapshots/${encodeURIComponent(name)}`;
}
