/** A JSON parser (RFC 8259) that knows the line of every value, so that errors can be found in a long text. */

/** An error in JSON. `key` and `values` are the text that describes it; `line` counts from 1. */
export class JsonError extends Error {
  constructor(line, key, values = {}) {
    super(`line ${line}: ${key}`);
    Object.assign(this, { line, key, values });
  }
}

/** Return the value of a text, and `lineOf(...path)`, the line of a value within it. Throws `JsonError`. */
export function parse(text) {
  const reader = new Reader(text);
  const value = reader.parseValue([]);
  reader.skipBlank();
  if (reader.at < text.length) reader.fail("json-rest");
  return { value, lineOf: (...path) => reader.lines.get(JSON.stringify(path)) };
}

const LITERALS = { true: true, false: false, null: null };
const WORD = /[\w.+-]+/y;
const BLANK = /[ \t\r\n]*/y;
const MAX_DEPTH = 100;

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.line = 1;
    this.lines = new Map();
  }

  fail(key, values) {
    throw new JsonError(this.line, key, values);
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [""];
    this.at += found.length;
    return found;
  }

  skipBlank() {
    this.line += this.match(BLANK).split("\n").length - 1;
  }

  /** Consume the next character if it is `sign`, and return whether it was. */
  has(sign) {
    this.skipBlank();
    if (this.text[this.at] !== sign) return false;
    this.at += 1;
    return true;
  }

  expect(sign) {
    if (!this.has(sign)) this.fail("json-expected", { sign });
  }

  parseValue(path) {
    this.skipBlank();
    this.lines.set(JSON.stringify(path), this.line);
    if (path.length > MAX_DEPTH) this.fail("json-deep");
    if (this.has("{")) return this.parseMembers(path);
    if (this.has("[")) return this.parseItems(path);
    return this.text[this.at] === '"' ? this.parseString() : this.parseLiteral();
  }

  parseMembers(path) {
    const found = {};
    if (this.has("}")) return found;
    do {
      this.skipBlank();
      if (this.text[this.at] !== '"') this.fail("json-name");
      const name = this.parseString();
      this.expect(":");
      if (Object.hasOwn(found, name)) this.fail("json-twice", { name });
      Object.defineProperty(found, name, { value: this.parseValue([...path, name]), enumerable: true });
    } while (this.has(","));
    this.expect("}");
    return found;
  }

  parseItems(path) {
    const found = [];
    if (this.has("]")) return found;
    do found.push(this.parseValue([...path, found.length]));
    while (this.has(","));
    this.expect("]");
    return found;
  }

  /** Strings can be whole pictures, so this searches for quotes and runs no pattern over them. */
  parseString() {
    let end = this.at;
    do end = this.text.indexOf('"', end + 1);
    while (end >= 0 && isEscaped(this.text, end));
    if (end < 0) this.fail("json-open-string");
    const start = this.at;
    this.at = end + 1;
    try {
      return JSON.parse(this.text.slice(start, this.at));
    } catch {
      return this.fail("json-string");
    }
  }

  parseLiteral() {
    const word = this.match(WORD);
    if (Object.hasOwn(LITERALS, word)) return LITERALS[word];
    try {
      return JSON.parse(word);
    } catch {
      return this.fail("json-value", { found: word || this.text[this.at] || "" });
    }
  }
}

function isEscaped(text, at) {
  let first = at;
  while (text[first - 1] === "\\") first -= 1;
  return (at - first) % 2 === 1;
}
