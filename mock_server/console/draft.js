// The text of a case that is being written: where it starts, what of it is sent, and how it is kept until it is saved.
// A draft is {text, base}: what stands in the editor, and the text that it came from.

import { parse, pretty } from "./json.js";

const key = (id) => `caseiq-draft:${id ?? ""}`;

export function hasDraft(id) {
  return sessionStorage.getItem(key(id)) !== null;
}

/** The draft of the case with this id (null: of a new one), or null. It lives as long as the tab. */
export function readDraft(id) {
  return JSON.parse(sessionStorage.getItem(key(id)) ?? "null");
}

export function keepDraft(id, draft) {
  if (draft.text === draft.base) forgetDraft(id);
  else sessionStorage.setItem(key(id), JSON.stringify(draft));
}

export function forgetDraft(id) {
  sessionStorage.removeItem(key(id));
}

/** What a new case starts from. */
export function blank(required) {
  const demanded = Object.fromEntries(required.map((field) => [field, ""]));
  return pretty({ summary: "", owner: null, ...demanded });
}

/** What a client may write of a record: the rest is the server's, and ignored in a body. */
export function writable(record, owned) {
  return pretty(Object.fromEntries(Object.entries(record).filter(([name]) => !owned.includes(name))));
}

/** The body to send: PATCH has only what differs. A text that is no object goes as it is, and the mock says so. */
export function body(method, draft) {
  const difference = method === "PATCH" ? compared(draft) : null;
  return difference ? pretty(difference.changes) : draft.text;
}

/** What will be sent, in words. */
export function announced(method, draft) {
  const difference = compared(draft);
  if (!difference) return "This is not a JSON object; it is sent as it stands.";
  if (method !== "PATCH") return "";
  const { changes, removed } = difference;
  if (removed.length) return `PATCH cannot remove ${removed.join(", ")}; PUT can.`;
  const names = Object.keys(changes);
  return names.length ? `Sends ${names.join(", ")}.` : "Nothing is changed yet.";
}

/** The fields that are new or other than before, and the names of those that are gone; null for what is no object. */
function compared({ text, base }) {
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
