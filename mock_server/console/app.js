// Starts the console: token, settings, the view that the address names, and the beat that keeps all of it live.

import { control, controlToken, keepToken, takeToken, Unreachable, WrongToken } from "./api.js";
import { behaviourView, unusual } from "./behaviour.js";
import { casesView } from "./cases.js";
import { dataView } from "./data.js";
import { h, redraw, say } from "./dom.js";
import { journalView } from "./journal.js";
import { listen, showKeys } from "./keys.js";

/** By the first part of the address: the view, and the tab that it belongs to. */
const VIEWS = {
  cases: [casesView, "cases"],
  new: [casesView, "cases"],
  journal: [journalView, "journal"],
  behaviour: [behaviourView, "behaviour"],
  data: [dataView, "data"],
};
const PAUSE = 1000; // ms between two looks at the mock, more where a look takes long

const main = document.getElementById("view");
const live = document.getElementById("live");

/** What a view may use. */
const app = { settings: null, go: (hash) => (location.hash = hash), poke, does };

let view = null;
let tab = null;
let away = false;

async function beat() {
  if (!controlToken()) return askForToken("");
  try {
    if (away || !app.settings) await meet();
    const [behaviour] = await Promise.all([control("GET", "behaviour"), view.refresh()]);
    redraw(document.getElementById("unusual"), unusual(behaviour), () => unusual(behaviour).map(chip));
    tell("here", "Live");
  } catch (error) {
    report(error);
  }
}

/** Reads the settings, and starts the view anew: the mock may be another one than before. */
async function meet() {
  app.settings = await control("GET", "settings");
  away = false;
  view = null;
  route();
}

function report(error) {
  if (error instanceof Unreachable) {
    away = true;
    tell("away", "Not reachable, retrying");
  } else if (error instanceof WrongToken) {
    askForToken(
      "The mock does not know this token. It makes a new one at each start, unless it is given one.",
    );
  } else {
    const [first] = error.findings ?? [];
    say(first ? `${error.message} ${first.pointer} ${first.message}` : error.message, "failed");
  }
}

function tell(kind, text) {
  document.body.dataset.mock = kind;
  if (live.textContent !== text) live.textContent = text;
}

function chip(text) {
  return h("a", { class: "badge warning", href: "#/behaviour" }, text);
}

/** Does what the user wants, tells what went wrong, and shows what came of it. */
async function does(act) {
  try {
    await act();
  } catch (error) {
    report(error);
  }
  await poke();
}

let turn = Promise.resolve();
let waiting = null;
let timer;

/** Looks at the mock as soon as the look under way is over; resolves after that. */
function poke() {
  waiting ??= turn.then(() => {
    waiting = null;
    turn = timed();
    return turn;
  });
  return waiting;
}

async function timed() {
  clearTimeout(timer);
  const start = performance.now();
  await beat();
  clearTimeout(timer);
  if (!document.hidden && document.body.dataset.mock !== "stranger")
    timer = setTimeout(poke, Math.max(PAUSE, 10 * (performance.now() - start)));
}

function parts() {
  try {
    return location.hash.split("/").slice(1).map(decodeURIComponent);
  } catch {
    return []; // an address written by hand
  }
}

function route() {
  const found = parts();
  const [build, name] = VIEWS[found[0]] ?? VIEWS.cases;
  if (!view || tab !== name) view = build(main, app);
  tab = name;
  for (const link of document.querySelectorAll("nav [data-view]")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${name[0].toUpperCase()}${name.slice(1)} · Case IQ mock`;
  view.update(found);
  if (!document.activeElement.checkVisibility()) main.focus({ preventScroll: true });
}

function askForToken(why) {
  tell("stranger", "No access");
  app.settings = null;
  view = null;
  if (!main.querySelector("form.token")) main.replaceChildren(tokenForm(why));
  main.querySelector("#token").focus();
}

function tokenForm(why) {
  const field = h("input", { type: "password", id: "token", autocomplete: "off", required: true });
  const submit = (event) => {
    event.preventDefault();
    keepToken(field.value.trim());
    main.replaceChildren();
    poke();
  };
  return h(
    "form",
    { class: "token card", submit },
    h("h1", {}, "Control token"),
    h(
      "p",
      {},
      "Open the link that ",
      h("code", {}, "caseiq-mock"),
      " printed at its start, or paste the token.",
    ),
    why ? h("p", { class: "failed", role: "alert" }, why) : null,
    h(
      "div",
      { class: "row" },
      h("label", { class: "offscreen", for: "token" }, "Control token"),
      field,
      h("button", { class: "primary" }, "Open"),
    ),
  );
}

function leave() {
  if (parts().length < 2 && parts()[0] !== "new") return;
  app.go(`#/${tab}`);
  main.querySelector(".list a[aria-current]")?.focus();
}

const KEYS = {
  1: () => app.go("#/cases"),
  2: () => app.go("#/journal"),
  3: () => app.go("#/behaviour"),
  4: () => app.go("#/data"),
  5: () => location.assign("docs"),
  h: () => (main.querySelector(".list a[aria-current]") ?? main.querySelector(".list .scroll a"))?.focus(),
  l: () => main.querySelector(".detail :is(a:not(.back), button, summary, textarea, pre)")?.focus(),
  Escape: leave,
  "?": showKeys,
};

takeToken();
addEventListener("hashchange", () => {
  takeToken();
  if (app.settings) route();
  poke();
});
document.addEventListener("visibilitychange", () => !document.hidden && poke());
document.getElementById("help").addEventListener("click", showKeys);
listen(() => ({ ...KEYS, ...view?.keys }));
tell("unknown", "Connecting");
poke();
