// JSON as text that people read and write: exact numbers, colours, and where in a text a pointer leads.

/** The value of a JSON text. A number that JavaScript would round keeps its digits where the browser can. */
export function parse(text) {
  return JSON.parse(text, (_, value, context) =>
    typeof value === "number" && context?.source && String(value) !== context.source
      ? JSON.rawJSON(context.source)
      : value,
  );
}

export function pretty(value) {
  return JSON.stringify(value, null, 2);
}

/** The text indented, if it is JSON; else as it is. */
export function tidy(text) {
  try {
    return pretty(parse(text));
  } catch {
    return text;
  }
}

const COLOURED = 200_000; // characters; beyond it colours would cost more than they give
const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** The nodes that show an indented JSON text in colours. */
export function coloured(text) {
  if (text.length > COLOURED) return [text];
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    nodes.push(text.slice(end, match.index));
    const span = document.createElement("span");
    span.className = match[2] ? "name" : match[1] ? "string" : "value";
    span.textContent = match[1] ?? match[0];
    nodes.push(span, match[2] ?? "");
    end = match.index + match[0].length;
  }
  nodes.push(text.slice(end));
  return nodes;
}

/** Where the value (or the place of a missing one: its object) of a JSON pointer stands in a text: [start, end], or null. */
export function locate(text, pointer) {
  const parts = pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  try {
    const scanner = new Scanner(text);
    return scanner.find(parts);
  } catch {
    return null;
  }
}

class Scanner {
  constructor(text) {
    JSON.parse(text); // from here on the text is known to be JSON
    this.text = text;
    this.at = 0;
  }

  find(parts) {
    this.space();
    const start = this.at;
    const found = parts.length && /[[{]/.test(this.text[this.at]) ? this.inside(parts) : null;
    if (found) return found;
    this.at = start;
    this.skip();
    return [start, this.at];
  }

  /** The value below one of the members here, or null. */
  inside([wanted, ...rest]) {
    const named = this.text[this.at++] === "{";
    for (let index = 0; ; index++) {
      this.space();
      if (/[\]}]/.test(this.text[this.at])) return null;
      let name = String(index);
      if (named) {
        const start = this.at;
        this.skip();
        name = JSON.parse(this.text.slice(start, this.at));
        this.space();
        this.at++; // the colon
      }
      if (name === wanted) return this.find(rest);
      this.space();
      this.skip();
      this.space();
      if (this.text[this.at] === ",") this.at++;
    }
  }

  /** Past one value. */
  skip() {
    const scalar = /"(?:\\.|[^"\\])*"|[^\s,\]}[{]+/y;
    let depth = 0;
    do {
      this.space();
      const next = this.text[this.at];
      if (next === "{" || next === "[") depth++;
      else if (next === "}" || next === "]") depth--;
      scalar.lastIndex = this.at;
      const match = scalar.exec(this.text);
      this.at += match ? match[0].length : 1;
    } while (depth > 0);
  }

  space() {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }
}
