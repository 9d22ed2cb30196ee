// Short descriptions of a case and of its state.

import assert from "node:assert/strict";
import test from "node:test";

import { brief, hue, moment, shown, states, title } from "../../../mock_server/console/record.js";

const WORKFLOW = {
  initial: "new",
  moves: { open: ["closed", "lost"], new: ["open"], closed: [] },
  shown: { closed: "Close" },
};

test("value is shown as a short text", () => {
  assert.deepEqual([undefined, null, "a", 0, false, ["a", 1]].map(brief), ["", "", "a", "0", "false", '["a",1]']);
});

test("long value is truncated after 180 characters", () => {
  assert.equal(brief("x".repeat(180)), "x".repeat(180));
  assert.equal(brief("x".repeat(181)), `${"x".repeat(180)}…`);
});

test("title is the first field with text, or the number of the case", () => {
  assert.equal(title({ name: "n", summary: "s" }), "s");
  assert.equal(title({ summary: "  ", title: 1, name: "n" }), "n");
  assert.equal(title({ summary: null, caseNumber: 12 }), "12");
  assert.equal(title({}), "Case without a summary");
});

test("date is split into day and time", () => {
  assert.deepEqual(moment("2026-02-03T04:05:06Z"), ["2026-02-03", "04:05"]);
});

test("value that is no date stays unchanged without a time", () => {
  assert.deepEqual(["2026-02-03", "soon", null, undefined, 5].map(moment), [
    ["2026-02-03", ""],
    ["soon", ""],
    ["", ""],
    ["", ""],
    ["5", ""],
  ]);
});

test("initial state comes first and each state once", () => {
  assert.deepEqual(states(WORKFLOW), ["new", "open", "closed", "lost"]);
});

test("state has the name that records show", () => {
  assert.equal(shown(WORKFLOW, "closed"), "Close");
  assert.equal(shown(WORKFLOW, "open"), "open");
});

test("colour follows the order of the states, and repeats after eight", () => {
  assert.deepEqual(["new", "open", "closed", "lost"].map((state) => hue(WORKFLOW, state)), [
    "hue0",
    "hue1",
    "hue2",
    "hue3",
  ]);
  const many = { initial: "0", moves: { 0: Array.from({ length: 9 }, (_, number) => `s${number}`) }, shown: {} };
  assert.equal(hue(many, "s7"), "hue0");
});
