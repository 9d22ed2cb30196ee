// Starts the console: token, settings, the view in the address, and the periodic refresh.

import { control, controlToken, storeToken, moveTokenFromAddress, Unreachable, WrongToken } from "./api.js";
import { behaviourView, unusual } from "./behaviour.js";
import { casesView } from "./cases.js";
import { dataView } from "./data.js";
import { h, redraw, say } from "./dom.js";
import { journalView } from "./journal.js";
import { listen, showKeys } from "./keys.js";

/** View and tab, by the first part of the address. */
const VIEWS = {
  cases: [casesView, "cases"],
  new: [casesView, "cases"],
  journal: [journalView, "journal"],
  behaviour: [behaviourView, "behaviour"],
  data: [dataView, "data"],
};
const REFRESH_INTERVAL = 1000; // ms; longer if a refresh is slow

const main = document.getElementById("view");
const live = document.getElementById("live");

/** The functions that views use. */
const app = { settings: null, go: (hash) => (location.hash = hash), refreshSoon, perform };

let view = null;
let tab = null;
let isUnreachable = false;

async function refresh() {
  if (!controlToken()) return askForToken("");
  try {
    if (isUnreachable || !app.settings) await connect();
    const [behaviour, settings] = await Promise.all([
      control("GET", "behaviour"),
      control("GET", "settings"),
      view.refresh(),
    ]);
    // The deployment file may have been reloaded.
    if (JSON.stringify(settings) !== JSON.stringify(app.settings)) await connect();
    redraw(document.getElementById("unusual"), unusual(behaviour), () => unusual(behaviour).map(chip));
    setStatus("connected", "Live");
  } catch (error) {
    report(error);
  }
}

/** Reads the settings, and builds the view again: another mock may have been started. */
async function connect() {
  app.settings = await control("GET", "settings");
  isUnreachable = false;
  view = null;
  route();
}

function report(error) {
  if (error instanceof Unreachable) {
    isUnreachable = true;
    setStatus("unreachable", "Not reachable, retrying");
  } else if (error instanceof WrongToken) {
    askForToken(
      "The mock rejected this token. It creates a new token at each start, unless one was given.",
    );
  } else {
    const [first] = error.findings ?? [];
    say(first ? `${error.message} ${first.pointer} ${first.message}` : error.message, "failed");
  }
}

function setStatus(kind, text) {
  document.body.dataset.mock = kind;
  if (live.textContent !== text) live.textContent = text;
}

function chip(text) {
  return h("a", { class: "badge warning", href: "#/behaviour" }, text);
}

/** Performs an action of the user, reports an error, and refreshes the view. */
async function perform(act) {
  try {
    await act();
  } catch (error) {
    report(error);
  }
  await refreshSoon();
}

let current = Promise.resolve();
let next = null;
let timer;

/** Refreshes the view after the present refresh; resolves afterwards. */
function refreshSoon() {
  next ??= current.then(() => {
    next = null;
    current = refreshAndSchedule();
    return current;
  });
  return next;
}

async function refreshAndSchedule() {
  clearTimeout(timer);
  const start = performance.now();
  await refresh();
  clearTimeout(timer);
  if (!document.hidden && document.body.dataset.mock !== "unauthorized")
    timer = setTimeout(refreshSoon, Math.max(REFRESH_INTERVAL, 10 * (performance.now() - start)));
}

function parts() {
  try {
    return location.hash.split("/").slice(1).map(decodeURIComponent);
  } catch {
    return []; // an address that was typed
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
  setStatus("unauthorized", "No access");
  app.settings = null;
  view = null;
  if (!main.querySelector("form.token")) main.replaceChildren(tokenForm(why));
  main.querySelector("#token").focus();
}

function tokenForm(why) {
  const field = h("input", { type: "password", id: "token", autocomplete: "off", required: true });
  const submit = (event) => {
    event.preventDefault();
    storeToken(field.value.trim());
    main.replaceChildren();
    refreshSoon();
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
      " printed when it started, or paste the token.",
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

moveTokenFromAddress();
addEventListener("hashchange", () => {
  moveTokenFromAddress();
  if (app.settings) route();
  refreshSoon();
});
document.addEventListener("visibilitychange", () => !document.hidden && refreshSoon());
document.getElementById("help").addEventListener("click", showKeys);
listen(() => ({ ...KEYS, ...view?.keys }));
setStatus("unknown", "Connecting");
refreshSoon();
