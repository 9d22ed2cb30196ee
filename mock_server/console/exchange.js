// One exchange of the journal: as a line of a list, and in detail with request, response and errors.

import { button, copy, count, h } from "./dom.js";
import { coloured, tidy } from "./json.js";
import { findings } from "./parts.js";
import { SNIPPETS } from "./snippets.js";

const LONG = 13; // longest part of a path in a line, in characters
const LONGEST = 16384; // characters of a body in the journal, from control.yaml

let headersOpen = false;

/** Returns the cells of a line. */
export function line(exchange, settings) {
  const { request, response, problem, shaped_by: shapers } = exchange;
  return [
    h("span", { class: "number" }, exchange.number),
    h("span", { class: "time", title: exchange.time }, clock(exchange.time)),
    h("span", { class: "method" }, request.method),
    h("span", { class: "path", title: target(request) }, short(request, settings.prefix)),
    status(response.status),
    h("span", { class: "duration" }, duration(exchange.milliseconds)),
    problem || shapers.length ? h("span", { class: "why" }, shapers.map(shaper), problem) : null,
  ];
}

/** Returns all details of an exchange. */
export function details(exchange, app) {
  const { request, response, problem, shaped_by: shapers } = exchange;
  return h(
    "div",
    { class: "whole" },
    problem ? h("div", { class: "refused" }, h("p", {}, problem), findings(exchange)) : null,
    shapers.length
      ? h("p", { class: "row shaped" }, h("span", { class: "quiet" }, "Shaped by"), shapers.map(shaper))
      : null,
    h("div", { class: "row copies" }, h("span", { class: "quiet" }, "Copy as"), copies(exchange, app)),
    message("Request", [h("b", {}, request.method), ` ${target(request)}`], request),
    message("Response", null, response, status(response.status)),
  );
}

function copies(exchange, app) {
  return Object.entries(SNIPPETS).map(([name, write]) => {
    const click = () => copy(write(exchange, app.settings), `as ${name}`);
    return button(name, click, { class: "small", "data-copy": name });
  });
}

function message(name, first, { headers, body }, ...result) {
  const label = `Body of the ${name.toLowerCase()}`;
  return h(
    "section",
    { class: `message ${name.toLowerCase()}` },
    h("h3", {}, name, " ", result),
    first && h("pre", { class: "first" }, first),
    folded(Object.entries(headers)),
    body.length >= LONGEST ? h("p", { class: "quiet" }, "Truncated: the journal keeps only the beginning.") : null,
    body
      ? h("pre", { class: "json", tabindex: "0", "aria-label": label }, coloured(tidy(body)))
      : h("p", { class: "quiet" }, "No body"),
  );
}

/** Returns the header fields, which stay open or closed for the next exchange. */
function folded(fields) {
  const toggle = () => (headersOpen = element.open);
  const element = h(
    "details",
    { open: headersOpen, toggle },
    h("summary", {}, count(fields.length, "header")),
    h("pre", { class: "headers" }, fields.map(field)),
  );
  return element;
}

function field([name, value]) {
  return [h("span", { class: "name" }, name), `: ${value}\n`];
}

function shaper(name) {
  return h("span", { class: "badge warning" }, name);
}

function status(code) {
  return h("span", { class: `code s${Math.floor(code / 100)}` }, code);
}

function target({ path, query }) {
  return path + (query ? `?${query}` : "");
}

/** Returns the target without the prefix, with long ids truncated. */
function short(request, prefix) {
  const { path } = request;
  const below = path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
  const parts = below.split("/").map((part) => (part.length > LONG ? `${part.slice(0, 8)}…` : part));
  return target({ ...request, path: parts.join("/") });
}

/** Formats a time of day in the local time zone. */
function clock(time) {
  const date = new Date(time);
  return Number.isNaN(date.valueOf()) ? time : date.toTimeString().slice(0, 8);
}

function duration(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return milliseconds >= 10 ? `${Math.round(milliseconds)} ms` : `${milliseconds.toFixed(1)} ms`;
}
