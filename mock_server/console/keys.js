// Keyboard shortcuts, and the dialog that lists them.

import { button, h } from "./dom.js";

const LISTED = [
  ["1 – 5", "cases, journal, behaviour, data, API docs"],
  ["/", "search"],
  ["j  k", "next and previous in a list"],
  ["Enter", "open the focused item"],
  ["l  h", "go to the open item, and back to the list"],
  ["Esc", "leave the search, close the open item"],
  ["n", "new case"],
  ["e", "edit the case"],
  ["Ctrl Enter", "save"],
  ["p", "pause the journal"],
  ["?", "this list"],
];

const WRITING = "input:not([type=checkbox], [type=radio]), textarea, select";

/** Listens for shortcuts. `keys()` returns the present ones, by key. */
export function listen(keys) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.matches(WRITING)) {
      if (event.key === "Escape" && event.target.matches("input")) event.target.blur();
      return;
    }
    const act = keys()[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** Shows the list of shortcuts. */
export function showKeys() {
  const dialog = h(
    "dialog",
    { class: "keys", "aria-labelledby": "keys", close: () => dialog.remove() },
    h("h2", { id: "keys" }, "Keyboard"),
    h(
      "dl",
      {},
      LISTED.map(([names, does]) =>
        h(
          "div",
          {},
          h(
            "dt",
            {},
            names.split("  ").map((name) => h("kbd", {}, name)),
          ),
          h("dd", {}, does),
        ),
      ),
    ),
    h(
      "div",
      { class: "row end" },
      button("Close", () => dialog.close(), { autofocus: true }),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
