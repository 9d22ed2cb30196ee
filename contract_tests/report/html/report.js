"use strict";
// Filters requirements by verdict, opens the target of a link, copies commands, and opens all reproductions for printing.
// The page is complete without this script.

const filter = document.querySelector("nav.filter");
const buttons = [...filter.querySelectorAll("button")];
const requirements = [...document.querySelectorAll("li.requirement")];
const folded = [...document.querySelectorAll("details.folded")];
const sections = [...document.querySelectorAll("section.requirements")];

function show(verdict) {
  for (const one of requirements) one.hidden = verdict !== "all" && one.dataset.shown !== verdict;
  for (const one of folded) {
    one.closest("li").hidden = !one.querySelector("li.requirement:not([hidden])");
    one.open = verdict !== "all";
  }
  for (const one of sections) one.hidden = !one.querySelector("li.requirement:not([hidden])");
  for (const one of buttons) one.setAttribute("aria-pressed", String(one.dataset.verdict === verdict));
  const left = requirements.filter((one) => !one.hidden).length;
  filter.querySelector(".showing").textContent =
    verdict === "all" ? "" : `showing ${left} of ${requirements.length}`;
}

function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.hidden || target.closest("[hidden]")) show("all");
  const outside = target.closest("details.folded");
  if (outside) outside.open = true;
  const details = target.querySelector(":scope > details");
  if (details) details.open = true;
  target.scrollIntoView();
}

for (const one of buttons) one.addEventListener("click", () => show(one.dataset.verdict));
addEventListener("hashchange", reveal);
filter.hidden = false;
reveal();

async function copied(source) {
  try {
    await navigator.clipboard.writeText(source.textContent);
    return true;
  } catch {
    // The clipboard may be forbidden, for example on a page without https; then the text is selected at least.
    getSelection().selectAllChildren(source);
    return document.execCommand("copy");
  }
}

for (const one of document.querySelectorAll("button.copy")) {
  one.hidden = false;
  one.addEventListener("click", async () => {
    const done = await copied(one.parentElement.querySelector("pre"));
    one.textContent = done ? "Copied" : "Press Ctrl+C";
    document.querySelector(".announcement").textContent = done ? "Copied" : "Selected; press Ctrl+C";
    setTimeout(() => { one.textContent = "Copy"; }, 2000);
  });
}

let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details.reproduction:not([open]), details.reproduction details:not([open])")];
  for (const one of opened) one.open = true;
});
addEventListener("afterprint", () => {
  for (const one of opened) one.open = false;
});
