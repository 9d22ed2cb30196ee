// Makes and replaces elements. Data becomes text or the value of a harmless attribute, never markup: nothing on
// this page parses HTML, and the Content-Security-Policy would refuse what slipped through.
// Knows nothing of cases or of the mock.

const SVG = "http://www.w3.org/2000/svg";

/** An element: attributes (a function is a listener, true is a bare attribute, false and null are left out), children. */
export function h(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same for a part of a picture. */
export function s(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== false && child !== undefined),
  );
  return element;
}

/** A button that does something on this page. */
export function button(label, click, attributes = {}) {
  return h("button", { type: "button", click, ...attributes }, label);
}

/**
 * Makes the children of `parent` follow `rows`: what did not change keeps its element, and with it selection and
 * place; a row that held the focus holds it still. `make` gives the element of a row, `textOf` what it depends on.
 */
export function follow(parent, rows, keyOf, make, textOf = JSON.stringify) {
  const before = parent.followed ?? new Map();
  const after = new Map();
  const focused = focusedKey(parent, before);
  for (const row of rows) {
    const known = before.get(keyOf(row));
    const text = textOf(row);
    after.set(keyOf(row), known?.text === text ? known : { text, element: make(row) });
  }
  for (const [key, row] of before) if (after.get(key) !== row) row.element.remove();
  let place = parent.firstElementChild;
  for (const { element } of after.values()) {
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  parent.followed = after;
  const element = after.get(focused)?.element;
  if (element && !element.contains(document.activeElement)) {
    (element.querySelector("a, button, summary, input") ?? element).focus({ preventScroll: true });
  }
}

function focusedKey(parent, rows) {
  if (!parent.contains(document.activeElement)) return undefined;
  return [...rows].find(([, row]) => row.element.contains(document.activeElement))?.[0];
}

/** Replaces the content of `parent`, unless `state` (any JSON value) is what it shows already; tells whether it did. */
export function redraw(parent, state, draw) {
  const text = JSON.stringify(state);
  if (parent.drawn === text) return false;
  parent.drawn = text;
  parent.replaceChildren(...[draw()].flat(Infinity).filter((child) => child !== null));
  return true;
}

let silence;

/** A short message at the edge of the page, also for a screen reader. */
export function say(text, kind = "done") {
  const place = document.getElementById("toast");
  place.textContent = text;
  place.className = kind;
  clearTimeout(silence);
  silence = setTimeout(() => (place.className = "hidden"), kind === "failed" ? 8000 : 2500);
}

/** Puts a text on the clipboard, and says so. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without the permission, or from another machine over plain HTTP, there is only the old way.
    const field = h("textarea", { class: "offscreen", "aria-hidden": "true" });
    field.value = text;
    (document.querySelector("dialog[open]") ?? document.body).append(field);
    const focused = document.activeElement;
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    focused?.focus();
    if (!copied) return say("The browser does not let the page copy", "failed");
  }
  say(`Copied ${what}`);
}

/** Asks before something is lost; resolves to whether to go on. */
export function confirmed(question, action) {
  const dialog = h(
    "dialog",
    { class: "ask", "aria-labelledby": "question" },
    h("p", { id: "question" }, question),
    h(
      "form",
      { method: "dialog", class: "row end" },
      h("button", { value: "no" }, "Cancel"),
      h("button", { value: "yes", class: "danger", autofocus: true }, action),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    }),
  );
}

/** Offers a text as a file. */
export function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** A button that lets the user choose a JSON file, and hands it on. */
export function fileButton(label, take) {
  const change = async () => {
    const [file] = field.files;
    if (file) await take(file);
    field.value = ""; // so that the same file can be chosen again
  };
  const field = h("input", { type: "file", accept: ".json", class: "offscreen", tabindex: "-1", change });
  field.setAttribute("aria-label", label);
  return [button(label, () => field.click()), field];
}

/** "1 case", "2 cases", "12,345 cases" */
export function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
