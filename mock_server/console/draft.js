// Drafts of cases: the initial text, the body to send, and storage until the case is saved.
// A draft is {text, base}: the text in the editor, and the text at its start.

import { parse, pretty } from "./json.js";

const key = (id) => `caseiq-draft:${id ?? ""}`;

export function hasDraft(id) {
  return sessionStorage.getItem(key(id)) !== null;
}

/** Returns the draft of the case with this id (null for a new case), or null. It is kept until the tab is closed. */
export function readDraft(id) {
  return JSON.parse(sessionStorage.getItem(key(id)) ?? "null");
}

export function storeDraft(id, draft) {
  if (draft.text === draft.base) removeDraft(id);
  else sessionStorage.setItem(key(id), JSON.stringify(draft));
}

export function removeDraft(id) {
  sessionStorage.removeItem(key(id));
}

/** Returns the initial text of a new case. */
export function blank(required) {
  const requiredFields = Object.fromEntries(required.map((field) => [field, ""]));
  return pretty({ summary: "", owner: null, ...requiredFields });
}

/** Returns the fields of a record that a client can write. The server ignores the others in a body. */
export function writable(record, owned) {
  return pretty(Object.fromEntries(Object.entries(record).filter(([name]) => !owned.includes(name))));
}

/** Returns the body to send: for PATCH only the changed fields. A text that is not an object is sent unchanged. */
export function body(method, draft) {
  const difference = method === "PATCH" ? compare(draft) : null;
  return difference ? pretty(difference.changes) : draft.text;
}

/** Describes what will be sent. */
export function describeRequest(method, draft) {
  const difference = compare(draft);
  if (!difference) return "This is not a JSON object. It will be sent unchanged.";
  if (method !== "PATCH") return "";
  const { changes, removed } = difference;
  if (removed.length) return `PATCH cannot remove ${removed.join(", ")}. Use PUT.`;
  const names = Object.keys(changes);
  return names.length ? `Sends ${names.join(", ")}.` : "No changes yet.";
}

/** Returns the new and changed fields, and the names of removed ones; null for a text that is not an object. */
function compare({ text, base }) {
  if (!text.trimStart().startsWith("{")) return null;
  let now;
  try {
    now = parse(text);
  } catch {
    return null;
  }
  const before = parse(base);
  const same = (name) =>
    Object.hasOwn(before, name) && JSON.stringify(before[name]) === JSON.stringify(now[name]);
  return {
    changes: Object.fromEntries(Object.entries(now).filter(([name]) => !same(name))),
    removed: Object.keys(before).filter((name) => !Object.hasOwn(now, name)),
  };
}
