// JSON texts of the console: exact numbers, and the position of a JSON pointer.

import assert from "node:assert/strict";
import test from "node:test";

import { locate, parse, pretty, tidy } from "../../../mock_server/console/json.js";

const KEEPS_SOURCE = typeof JSON.rawJSON === "function";

/** Returns the part of the text at the position of a pointer. */
function at(text, pointer) {
  const position = locate(text, pointer);
  return position && text.slice(...position);
}

test("number keeps digits that JavaScript would round", { skip: !KEEPS_SOURCE && "needs JSON.rawJSON" }, () => {
  for (const number of ["12345678901234567890", "1.0", "1e2", "-0", "0.10000000000000000001"]) {
    assert.equal(JSON.stringify(parse(`{"n":${number}}`)), `{"n":${number}}`);
  }
});

test("exact number stays a number", () => {
  assert.deepEqual(parse('[1, -2.5, "1.0", null]'), [1, -2.5, "1.0", null]);
});

test("tidy text is indented by two spaces", () => {
  assert.equal(tidy('{"a":[1]}'), '{\n  "a": [\n    1\n  ]\n}');
  assert.equal(pretty({ a: 1 }), '{\n  "a": 1\n}');
});

test("text that is not JSON stays unchanged", () => {
  for (const text of ["", "{", "a=b", '{"a":1}x']) assert.equal(tidy(text), text);
});

test("pointer finds members, items and the whole text", () => {
  const text = ' {"a": [10, {"b": "x"}], "c": {"d": null}, "e": -1.5e3 } ';
  assert.equal(at(text, ""), text.trim());
  assert.equal(at(text, "/a"), '[10, {"b": "x"}]');
  assert.equal(at(text, "/a/0"), "10");
  assert.equal(at(text, "/a/1/b"), '"x"');
  assert.equal(at(text, "/c/d"), "null");
  assert.equal(at(text, "/e"), "-1.5e3");
});

test("pointer is not misled by brackets and quotes in strings", () => {
  const text = String.raw`{"x": "}],{\"y\":1", "\"]": [], "y": 2}`;
  assert.equal(at(text, "/y"), "2");
  assert.equal(at(text, '/"]'), "[]");
});

test("escaped name and escaped pointer mean the same member", () => {
  const text = String.raw`{"a/b": 1, "m~n": 2, "\u00e9": 3, "~1": 4, "": 5}`;
  assert.equal(at(text, "/a~1b"), "1");
  assert.equal(at(text, "/m~0n"), "2");
  assert.equal(at(text, "/é"), "3");
  assert.equal(at(text, "/~01"), "4");
  assert.equal(at(text, "/"), "5");
});

test("missing value has the position of its object", () => {
  const text = '{"a": {"b": 1}, "c": [], "d": "text"}';
  assert.equal(at(text, "/x"), text);
  assert.equal(at(text, "/a/x"), '{"b": 1}');
  assert.equal(at(text, "/a/b/x"), "1");
  assert.equal(at(text, "/c/0"), "[]");
  assert.equal(at(text, "/d/0"), '"text"');
});

test("text that is not JSON has no position", () => {
  for (const text of ["", "{", "{'a': 1}", "[1,]"]) assert.equal(locate(text, "/a"), null);
});

test("each member of a nested text is found where JSON.parse sees it", () => {
  const value = { list: [[], [1, [2, "]"]], { deep: { "a,b": [true, false] } }], end: "\\" };
  const text = JSON.stringify(value, null, 1);
  const check = (part, pointer) => {
    assert.deepEqual(JSON.parse(at(text, pointer)), part);
    if (part !== null && typeof part === "object")
      for (const [name, member] of Object.entries(part)) check(member, `${pointer}/${name}`);
  };
  check(value, "");
});
