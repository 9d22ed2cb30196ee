// A workflow as an SVG picture: states are nodes in the order in which a case can reach them, transitions are arrows.

import { s } from "./dom.js";
import { hue, shown, states } from "./record.js";

const [HEIGHT, GAP, ROW, MARGIN] = [34, 64, 74, 8]; // pixels: of a node, between columns, between rows, around the picture
const LONGEST = 22; // longest name in a node, in characters
const CHARACTER = 7.4; // pixels
const APART = 7; // pixels from the middle, for an arrow beside an opposite one
const SMALLEST = 0.7; // smallest scale of the picture
const TIP = 2; // pixels between an arrow and its node

/** Returns the picture, with the current state and its transitions marked. */
export function workflowPicture(workflow, current) {
  const nodes = placeNodes(workflow);
  const boxes = [...nodes.values()];
  const pairs = Object.entries(workflow.moves).flatMap(([from, targets]) => targets.map((to) => [from, to]));
  const lines = pairs.map(([from, to]) => {
    const back = pairs.some(([other, way]) => other === to && way === from);
    return { from, to, points: route(nodes.get(from), nodes.get(to), back ? APART : 0, boxes) };
  });
  const frame = frameOf([
    ...boxes.flatMap(({ x, y, width }) => [
      [x, y],
      [x + width, y + HEIGHT],
    ]),
    ...lines.flatMap((line) => enclosingPoints(line.points)),
  ]);
  const picture = s(
    "svg",
    { class: "workflow", ...frame, role: "img", "aria-label": describe(workflow, current) },
    s("defs", {}, ["plain", "legal"].map(arrowHead)),
    lines.map((line) => arrow(line, line.from === current)),
    [...nodes].map(([state, node]) => box(workflow, state, node, current)),
  );
  // A narrow pane shrinks the picture to this width, and scrolls it below that.
  picture.style.minWidth = `${frame.width * SMALLEST}px`;
  return picture;
}

/** Scrolls a narrow box to the current state. */
export function centre(box) {
  const [node, frame] = [box.querySelector(".current"), box].map((one) => one?.getBoundingClientRect());
  if (node) box.scrollLeft += node.left + node.width / 2 - (frame.left + frame.width / 2);
}

function describe(workflow, current) {
  const rows = Object.entries(workflow.moves).map(
    ([from, targets]) => `${from} to ${targets.join(" or ") || "nothing"}`,
  );
  return `The workflow: ${rows.join("; ")}. The case is in ${current}.`;
}

/** Returns the columns of states, by the number of transitions from the first state. Unreachable states come last. */
function columns(workflow) {
  const depth = new Map([[workflow.initial, 0]]);
  for (const [state, at] of depth) {
    for (const next of workflow.moves[state] ?? []) if (!depth.has(next)) depth.set(next, at + 1);
  }
  const last = Math.max(...depth.values()) + 1;
  const found = [];
  for (const state of states(workflow)) (found[depth.get(state) ?? last] ??= []).push(state);
  return found.filter(Boolean);
}

/** Returns the nodes by state: {x, y, width, column, row}. */
function placeNodes(workflow) {
  const grid = columns(workflow);
  const tallest = Math.max(...grid.map((column) => column.length));
  const nodes = new Map();
  let x = 0;
  grid.forEach((members, column) => {
    const width = Math.max(64, ...members.map((state) => name(workflow, state).length * CHARACTER + 28));
    const top = ((tallest - members.length) * ROW) / 2;
    members.forEach((state, row) => nodes.set(state, { x, y: top + row * ROW, width, column, row }));
    x += width + GAP;
  });
  return nodes;
}

function name(workflow, state) {
  const full = shown(workflow, state);
  return full.length > LONGEST ? `${full.slice(0, LONGEST - 1)}…` : full;
}

/** Returns the four points of a cubic curve between two nodes: straight to a neighbour, or around other nodes. */
function route(a, b, apart, boxes) {
  const [across, down] = [b.column - a.column, b.row - a.row];
  const middle = (node) => node.x + node.width / 2;
  if (a === b) return curve([middle(a) - 14, a.y], [middle(a) + 14, a.y - TIP], a.y - 30);
  if (Math.abs(across) === 1) {
    const way = Math.sign(across);
    const [start, end] = way > 0 ? [a.x + a.width, b.x - TIP] : [a.x, b.x + b.width + TIP];
    const [from, to] = [a.y + HEIGHT / 2 - apart * way, b.y + HEIGHT / 2 - apart * way];
    const half = (start + end) / 2;
    return [
      [start, from],
      [half, from],
      [half, to],
      [end, to],
    ];
  }
  if (across === 0 && Math.abs(down) === 1) {
    const x = middle(a) + apart * down;
    const [start, end] = down > 0 ? [a.y + HEIGHT, b.y - TIP] : [a.y, b.y + HEIGHT + TIP];
    return [
      [x, start],
      [x, start],
      [x, end],
      [x, end],
    ];
  }
  if (across === 0) {
    const x = a.x + a.width;
    const far = x + 14 + 10 * Math.abs(down);
    return [
      [x, a.y + HEIGHT / 2 + 4],
      [far, a.y + HEIGHT / 2],
      [far, b.y + HEIGHT / 2],
      [x + TIP, b.y + HEIGHT / 2 - 4],
    ];
  }
  const away = 20 + 12 * Math.abs(across);
  if (across > 0) return curve([middle(a) + 8, a.y], [middle(b) - 8, b.y - TIP], -away);
  const bottom = Math.max(...boxes.map((node) => node.y)) + HEIGHT;
  return curve([middle(a) - 8, a.y + HEIGHT], [middle(b) + 8, b.y + HEIGHT + TIP], bottom + away);
}

function curve(start, end, y) {
  return [start, [start[0], y], [end[0], y], end];
}

/** Returns points that enclose a cubic curve: it goes at most three quarters of the way to its control points. */
function enclosingPoints([start, ...others]) {
  const end = others[2];
  const toward = (from, to) => from + ((to - from) * 3) / 4;
  return [
    start,
    end,
    ...others
      .slice(0, 2)
      .map(([x, y]) => [toward((start[0] + end[0]) / 2, x), toward((start[1] + end[1]) / 2, y)]),
  ];
}

function frameOf(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs) - MARGIN, Math.min(...ys) - MARGIN];
  const [width, height] = [Math.max(...xs) + MARGIN - left, Math.max(...ys) + MARGIN - top];
  return { viewBox: [left, top, width, height].join(" "), width, height };
}

function arrowHead(kind) {
  const size = { viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8 };
  return s(
    "marker",
    { id: `head-${kind}`, class: kind, ...size, orient: "auto", markerUnits: "userSpaceOnUse" },
    s("path", { d: "M0 0 L8 4 L0 8 z" }),
  );
}

function arrow({ from, to, points }, legal) {
  const kind = legal ? "legal" : "plain";
  const [start, ...others] = points.map((point) => point.join(" "));
  return s(
    "path",
    {
      class: `transition ${kind}`,
      d: `M${start} C${others.join(" ")}`,
      "marker-end": `url(#head-${kind})`,
      "data-from": from,
      "data-to": to,
    },
    s("title", {}, `${from} → ${to}`),
  );
}

function box(workflow, state, node, current) {
  const reachable = (workflow.moves[current] ?? []).includes(state);
  const kind = state === current ? "current" : reachable ? "reachable" : "other";
  const label = shown(workflow, state);
  const { x, y, width } = node;
  return s(
    "g",
    { class: `state ${kind} ${hue(workflow, state)}`, "data-state": state },
    s("title", {}, label === state ? state : `${label} (after the transition ${state})`),
    s("rect", { x, y, width, height: HEIGHT, rx: HEIGHT / 2 }),
    s("text", { x: x + width / 2, y: y + HEIGHT / 2 + 4.5, "text-anchor": "middle" }, name(workflow, state)),
  );
}
