// Drafts of cases: the body to send, its description, and storage until the case is saved.

import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";

import {
  blank, body, describeRequest, hasDraft, readDraft, removeDraft, storeDraft, writable,
} from "../../../mock_server/console/draft.js";

const draft = (text, base = '{"summary": "a", "owner": null, "tags": ["x"]}') => ({ text, base });

beforeEach(() => {
  const kept = new Map();
  globalThis.sessionStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => kept.set(key, text),
    removeItem: (key) => kept.delete(key),
  };
});

test("stored draft is read for its case only", () => {
  storeDraft("1", draft("{}"));
  storeDraft(null, draft("[]"));
  assert.deepEqual(readDraft("1"), draft("{}"));
  assert.deepEqual(readDraft(null), draft("[]"));
  assert.equal(readDraft("2"), null);
  assert.deepEqual(["1", null, "2"].map(hasDraft), [true, true, false]);
});

test("draft without changes is not kept", () => {
  storeDraft("1", draft("{}"));
  storeDraft("1", draft("{}", "{}"));
  assert.equal(hasDraft("1"), false);
});

test("removed draft is gone, and other drafts stay", () => {
  storeDraft("1", draft("{}"));
  storeDraft("2", draft("{}"));
  removeDraft("1");
  assert.deepEqual([hasDraft("1"), hasDraft("2")], [false, true]);
});

test("new case starts with the required fields", () => {
  assert.deepEqual(JSON.parse(blank(["summary", "kind"])), { summary: "", owner: null, kind: "" });
});

test("editor shows only the fields that a client can write", () => {
  assert.deepEqual(JSON.parse(writable({ id: "1", summary: "a", extra: [] }, ["id", "caseNumber"])), {
    summary: "a",
    extra: [],
  });
});

test("PATCH sends only new and changed fields", () => {
  const text = '{"summary": "b", "owner": null, "tags": ["x", "y"], "extra": false}';
  assert.deepEqual(JSON.parse(body("PATCH", draft(text))), { summary: "b", tags: ["x", "y"], extra: false });
  assert.equal(body("PATCH", draft('{"owner": null}')), "{}");
});

test("member named as one of Object.prototype is a new field", () => {
  assert.equal(body("PATCH", draft('{"toString": 1}', "{}")), '{\n  "toString": 1\n}');
});

test("PUT and POST send the text unchanged", () => {
  for (const method of ["PUT", "POST"]) assert.equal(body(method, draft('{ "summary":1 }')), '{ "summary":1 }');
});

test("text that is not an object is sent unchanged", () => {
  for (const text of ["[1]", '"a"', "{", "", "null"]) {
    assert.equal(body("PATCH", draft(text)), text);
    assert.match(describeRequest("PATCH", draft(text)), /not a JSON object/);
  }
});

test("description names the fields that PATCH sends or cannot remove", () => {
  const describe = (text) => describeRequest("PATCH", draft(text));
  assert.equal(describe('{"summary": "b", "owner": 1, "tags": ["x"]}'), "Sends summary, owner.");
  assert.equal(describe('{"summary": "a", "owner": null, "tags": ["x"]}'), "No changes yet.");
  assert.equal(describe('{"owner": null}'), "PATCH cannot remove summary, tags. Use PUT.");
  assert.equal(describeRequest("PUT", draft("{}")), "");
});
