/** JSON as RFC 8259 has it, read with the line of every value, so that what is wrong can be found in a long text. */

/** `key` and `values` are words for what is wrong; `line` counts from 1. */
export class JsonProblem extends Error {
  constructor(line, key, values = {}) {
    super(`line ${line}: ${key}`);
    Object.assign(this, { line, key, values });
  }
}

/** What a text says, and `lineOf(path)`: the line of a value within, by its keys. Throws `JsonProblem`. */
export function parse(text) {
  const reader = new Reader(text);
  const value = reader.value([]);
  reader.skip();
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
    throw new JsonProblem(this.line, key, values);
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [""];
    this.at += found.length;
    return found;
  }

  skip() {
    this.line += this.match(BLANK).split("\n").length - 1;
  }

  /** Whether the next sign is this one, which is passed then. */
  has(sign) {
    this.skip();
    if (this.text[this.at] !== sign) return false;
    this.at += 1;
    return true;
  }

  need(sign) {
    if (!this.has(sign)) this.fail("json-expected", { sign });
  }

  value(path) {
    this.skip();
    this.lines.set(JSON.stringify(path), this.line);
    if (path.length > MAX_DEPTH) this.fail("json-deep");
    if (this.has("{")) return this.members(path);
    if (this.has("[")) return this.items(path);
    return this.text[this.at] === '"' ? this.string() : this.literal();
  }

  members(path) {
    const found = {};
    if (this.has("}")) return found;
    do {
      this.skip();
      if (this.text[this.at] !== '"') this.fail("json-name");
      const name = this.string();
      this.need(":");
      if (Object.hasOwn(found, name)) this.fail("json-twice", { name });
      Object.defineProperty(found, name, { value: this.value([...path, name]), enumerable: true });
    } while (this.has(","));
    this.need("}");
    return found;
  }

  items(path) {
    const found = [];
    if (this.has("]")) return found;
    do found.push(this.value([...path, found.length]));
    while (this.has(","));
    this.need("]");
    return found;
  }

  /** Pictures are long: no pattern runs over them. */
  string() {
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

  literal() {
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
