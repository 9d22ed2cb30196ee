// A short description of a case, for any tenant.

const TITLES = ["summary", "title", "name", "subject", "description"];
const HUES = 8; // number of colours in the style sheet
const SHORT = 180; // longest value in a row, in characters

/** Returns a value as a short text. */
export function brief(value) {
  if (value === undefined || value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > SHORT ? `${text.slice(0, SHORT)}…` : text;
}

/** Returns the title of a case. */
export function title(record) {
  const name = TITLES.find((field) => typeof record[field] === "string" && record[field].trim());
  return brief(name ? record[name] : record.caseNumber) || "Case without a summary";
}

/** Splits a date of the API into day and time. Other values stay unchanged, without a time. */
export function moment(value) {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(value ?? "");
  return match ? match.slice(1) : [brief(value), ""];
}

/** Returns the states of a workflow, the initial one first. */
export function states(workflow) {
  const targets = Object.values(workflow.moves).flat();
  return [...new Set([workflow.initial, ...Object.keys(workflow.moves), ...targets])];
}

/** Returns the name of a state in records. */
export function shown(workflow, state) {
  return workflow.shown[state] ?? state;
}

/** Returns the CSS class with the colour of a state. */
export function hue(workflow, state) {
  return `hue${states(workflow).indexOf(state) % HUES}`;
}
