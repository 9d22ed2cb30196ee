// What a person wants to see of a case first, whatever fields its tenant has.

const TITLES = ["summary", "title", "name", "subject", "description"];
const HUES = 8; // in the style sheet
const SHORT = 180; // characters of a value that a row shows

/** A value as a short text. */
export function brief(value) {
  if (value === undefined || value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > SHORT ? `${text.slice(0, SHORT)}…` : text;
}

/** The line by which a person knows the case. */
export function title(record) {
  const name = TITLES.find((field) => typeof record[field] === "string" && record[field].trim());
  return brief(name ? record[name] : record.caseNumber) || "A case without a summary";
}

/** A date of the API as it is, day and minute; anything else unchanged, and no minute. */
export function moment(value) {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(value ?? "");
  return match ? match.slice(1) : [brief(value), ""];
}

/** The states of a workflow, the first one first. */
export function states(workflow) {
  const moves = Object.values(workflow.moves).flat();
  return [...new Set([workflow.initial, ...Object.keys(workflow.moves), ...moves])];
}

/** What a record shows for a state. */
export function shown(workflow, state) {
  return workflow.shown[state] ?? state;
}

/** The class that gives a state its colour, the same everywhere. */
export function hue(workflow, state) {
  return `hue${states(workflow).indexOf(state) % HUES}`;
}
