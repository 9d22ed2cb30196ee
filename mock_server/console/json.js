// JSON as text: exact numbers, colours, and the position of a JSON pointer.

/** Parses a JSON text. Numbers that JavaScript would round keep their digits, if the browser supports it. */
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

/** Indents a JSON text. Other texts stay unchanged. */
export function tidy(text) {
  try {
    return pretty(parse(text));
  } catch {
    return text;
  }
}

const COLOURED = 200_000; // longest text that gets colours, in characters
const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Returns the nodes of an indented JSON text in colours. */
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

/** Returns the position [start, end] of a JSON pointer in a text, or null. For a missing value, it is that of its object. */
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
    JSON.parse(text); // throws unless the text is JSON
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

  /** Returns the position below one of the members, or null. */
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

  /** Skips one value. */
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
