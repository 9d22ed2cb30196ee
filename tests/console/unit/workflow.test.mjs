// The picture of a workflow: every state and transition once, no overlap, and nothing outside the frame.

import assert from "node:assert/strict";
import test from "node:test";

import { workflowPicture } from "../../../mock_server/console/workflow.js";

class Element {
  constructor(name) {
    Object.assign(this, { name, attributes: {}, children: [], style: {} });
  }

  setAttribute(name, value) {
    this.attributes[name] = String(value);
  }

  append(...children) {
    this.children.push(...children);
  }

  /** Returns this element and all elements in it. */
  all() {
    return [this, ...this.children.flatMap((child) => (child instanceof Element ? child.all() : []))];
  }
}

globalThis.document = { createElementNS: (_, name) => new Element(name) };

const numbers = (text) => text.match(/-?\d+(\.\d+)?/g).map(Number);
const WORKFLOWS = {
  line: { initial: "a", moves: { a: ["b"], b: ["c"], c: [] }, shown: {} },
  "cycle with a shortcut": { initial: "a", moves: { a: ["b", "c"], b: ["a", "c"], c: ["a", "b"] }, shown: {} },
  "fork with a loop": { initial: "a", moves: { a: ["b", "c", "d"], b: ["b", "d"], c: ["b"], d: ["b"] }, shown: {} },
  unreachable: { initial: "a", moves: { a: [], z: ["a"] }, shown: { z: "a state with a very long name" } },
};

function parts(workflow, current = "a") {
  const elements = workflowPicture(workflow, current).all();
  const withData = (name) => elements.filter((one) => name in one.attributes);
  const boxes = withData("data-state").map((one) => {
    const { x, y, width, height } = one.children.find((child) => child.name === "rect").attributes;
    return { state: one.attributes["data-state"], kind: one.attributes.class, x: +x, y: +y, width: +width, height: +height };
  });
  return { picture: elements[0], boxes, arrows: withData("data-from") };
}

for (const [name, workflow] of Object.entries(WORKFLOWS)) {
  test(`${name}: each state and transition appears once`, () => {
    const { boxes, arrows } = parts(workflow);
    assert.deepEqual(boxes.map((box) => box.state).sort(), Object.keys(workflow.moves).sort());
    assert.deepEqual(
      arrows.map(({ attributes }) => `${attributes["data-from"]}-${attributes["data-to"]}`).sort(),
      Object.entries(workflow.moves).flatMap(([from, all]) => all.map((to) => `${from}-${to}`)).sort(),
    );
  });

  test(`${name}: states do not overlap`, () => {
    const { boxes } = parts(workflow);
    for (const a of boxes)
      for (const b of boxes) {
        const apart =
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        assert.ok(a === b || apart, `${a.state} and ${b.state}`);
      }
  });

  test(`${name}: the frame contains all states and curves`, () => {
    const { picture, boxes, arrows } = parts(workflow);
    const [left, top, width, height] = numbers(picture.attributes.viewBox);
    const inside = (x, y, what) =>
      assert.ok(x >= left && x <= left + width && y >= top && y <= top + height, `${what} at ${x}, ${y}`);
    for (const { state, x, y, ...box } of boxes) {
      inside(x, y, state);
      inside(x + box.width, y + box.height, state);
    }
    for (const { attributes } of arrows) {
      const [x0, y0, x1, y1, x2, y2, x3, y3] = numbers(attributes.d);
      for (let t = 0; t <= 1; t += 0.05) {
        const at = (a, b, c, d) => (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t * t * c + t ** 3 * d;
        inside(at(x0, x1, x2, x3), at(y0, y1, y2, y3), attributes["data-to"]);
      }
    }
  });
}

test("columns follow the number of transitions from the first state", () => {
  const x = Object.fromEntries(parts(WORKFLOWS["fork with a loop"]).boxes.map((box) => [box.state, box.x]));
  assert.ok(x.a < x.b && x.b === x.c && x.c === x.d, JSON.stringify(x));
});

test("only the transitions of the present state are legal", () => {
  const { boxes, arrows } = parts(WORKFLOWS["cycle with a shortcut"], "b");
  const kinds = Object.fromEntries(boxes.map((box) => [box.state, box.kind.split(" ")[1]]));
  assert.deepEqual(kinds, { a: "reachable", b: "current", c: "reachable" });
  for (const { attributes } of arrows)
    assert.equal(attributes.class.endsWith("legal"), attributes["data-from"] === "b", attributes.class);
});

test("long name is truncated in the picture and whole in its title", () => {
  const { picture } = parts(WORKFLOWS.unreachable);
  const texts = picture.all().filter((one) => one.name === "text").map((one) => one.children[0]);
  assert.deepEqual(texts, ["a", "a state with a very l…"]);
  const titles = picture.all().filter((one) => one.name === "title").map((one) => one.children[0]);
  assert.ok(titles.includes("a state with a very long name (after the transition z)"), titles.join());
});

test("label describes the workflow and the present state", () => {
  const { picture } = parts(WORKFLOWS.line, "b");
  assert.equal(
    picture.attributes["aria-label"],
    "The workflow: a to b; b to c; c to nothing. The case is in b.",
  );
});
