// Creates and replaces elements. Data becomes text or a harmless attribute, never markup: nothing on this page parses
// HTML, and the Content-Security-Policy blocks scripts in markup.

const SVG = "http://www.w3.org/2000/svg";

/** Creates an element. A function as an attribute is a listener, true an attribute without a value; false and null are omitted. */
export function h(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Creates an SVG element in the same way. */
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

/** Creates a button. */
export function button(label, click, attributes = {}) {
  return h("button", { type: "button", click, ...attributes }, label);
}

/**
 * Updates the children of `parent` to show `rows`. An unchanged row keeps its element, selection and focus. `make`
 * creates the element of a row; a row is unchanged if `textOf` returns the same text as before.
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

/** Replaces the content of `parent` if `state` (a JSON value) has changed, and returns true if it did. */
export function redraw(parent, state, draw) {
  const text = JSON.stringify(state);
  if (parent.drawn === text) return false;
  parent.drawn = text;
  parent.replaceChildren(...[draw()].flat(Infinity).filter((child) => child !== null));
  return true;
}

let hideTimer;

/** Shows a short message at the edge of the page, which screen readers announce. */
export function say(text, kind = "done") {
  const place = document.getElementById("toast");
  place.textContent = text;
  place.className = kind;
  clearTimeout(hideTimer);
  hideTimer = setTimeout(() => (place.className = "hidden"), kind === "failed" ? 8000 : 2500);
}

/** Copies a text to the clipboard, and shows a message. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without permission, or over plain HTTP from another machine, only execCommand works.
    const field = h("textarea", { class: "offscreen", "aria-hidden": "true" });
    field.value = text;
    (document.querySelector("dialog[open]") ?? document.body).append(field);
    const focused = document.activeElement;
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    focused?.focus();
    if (!copied) return say("The browser does not allow copying", "failed");
  }
  say(`Copied ${what}`);
}

/** Asks for confirmation; resolves to true if the user confirms. */
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

/** Downloads a text as a file. */
export function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** Creates a button for choosing a JSON file, which is passed to `take`. */
export function fileButton(label, take) {
  const change = async () => {
    const [file] = field.files;
    if (file) await take(file);
    field.value = ""; // the same file can be chosen again
  };
  const field = h("input", { type: "file", accept: ".json", class: "offscreen", tabindex: "-1", change });
  field.setAttribute("aria-label", label);
  return [button(label, () => field.click()), field];
}

/** Formats a number with a noun: "1 case", "2 cases", "12,345 cases". */
export function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
