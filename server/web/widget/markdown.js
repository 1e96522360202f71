/**
 * Rendering of the model's Markdown as elements, without HTML at any step: nothing in a text can load, link, run or style.
 *
 * It knows what answers to customers have: paragraphs, headings, lists, tables, code, quotes, bold and struck text. The
 * chat page has a whole parser, which would be most of what the window loads.
 */

import { element } from "/web/frame/dom.js";

const MAX_DEPTH = 6;
/** Of lists and quotes within each other. What is deeper is shown as text. */

const FENCE = /^ {0,3}(`{3,}|~{3,})[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(\S.*)$/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^([ \t]*)([-*+]|(\d{1,3})[.)])[ \t]+(.*)$/;
const LINES = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?$/;
/** The line below the header of a table. */

const UNFINISHED = /(?:^|\n)(?:[-=+*~|:`#>_ \t]+|[ \t]*\d{1,3}[.)]?)$/;
/** A last line that may yet become a heading, an item or a row. */

const INLINE = /`([^`]{1,500})`|(?:(?<!\p{N})\*\*(?=\S)|\*\*(?=[^\s\p{N}]))(.{1,2000}?)\*\*|~~(?=\S)(.{1,500}?)~~|!?\[([^\]\n]{1,500})\]\(([^)\s]{1,500})\)/su;

/** Render what has come so far: signs at its end may be the first half of others, such as the `*` of a `**`. */
export function renderGrowing(text) {
  return renderMarkdown(text.replace(UNFINISHED, "").replace(/[*~]+$/, ""));
}

export function renderMarkdown(text) {
  const fragment = document.createDocumentFragment();
  fragment.append(...renderLines(text.replace(/\r\n?/g, "\n").split("\n"), 0));
  return fragment;
}

function renderLines(lines, depth) {
  const blocks = [];
  const rest = [...lines];
  while (rest.length) {
    if (rest[0].trim()) blocks.push(takeBlock(rest, depth));
    else rest.shift();
  }
  return blocks;
}

/** Take the lines of the first block away, and return it. */
function takeBlock(rest, depth) {
  if (FENCE.test(rest[0])) return takeCode(rest);
  if (HEADING.test(rest[0])) {
    const [, signs, text] = HEADING.exec(rest.shift());
    return element(`h${Math.max(3, signs.length)}`, {}, ...renderInline(text)); // the page has larger ones of its own
  }
  if (RULE.test(rest[0])) return takeRule(rest);
  if (isTable(rest)) return takeTable(rest);
  if (depth < MAX_DEPTH && QUOTE.test(rest[0])) return takeQuote(rest, depth);
  if (depth < MAX_DEPTH && ITEM.test(rest[0])) return takeList(rest, depth);
  return takeParagraph(rest);
}

function takeRule(rest) {
  rest.shift();
  return element("hr");
}

function takeCode(rest) {
  const [, fence] = FENCE.exec(rest.shift());
  const end = rest.findIndex((line) => line.trim().startsWith(fence) && FENCE.test(line));
  const code = rest.splice(0, end < 0 ? rest.length : end);
  rest.shift();
  return element("pre", {}, element("code", {}, code.join("\n")));
}

function isTable([head, below = ""]) {
  return head.includes("|") && below.includes("-") && below.includes("|") && LINES.test(below.trim());
}

function takeTable(rest) {
  const count = rest.findIndex((line) => !line.includes("|"));
  const [head, , ...rows] = rest.splice(0, count < 0 ? rest.length : count);
  const row = (line, name) => element("tr", {}, ...splitRow(line).map((cell) => element(name, {}, ...renderInline(cell))));
  const body = element("tbody", {}, ...rows.map((line) => row(line, "td")));
  return element("table", {}, element("thead", {}, row(head, "th")), rows.length ? body : null);
}

function splitRow(line) {
  return line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function takeQuote(rest, depth) {
  const lines = [];
  while (rest.length && QUOTE.test(rest[0])) lines.push(rest.shift().replace(QUOTE, ""));
  return element("blockquote", {}, ...renderLines(lines, depth + 1));
}

/** Take a list: its items are of the same kind, and what stands further to the right belongs to the item above. */
function takeList(rest, depth) {
  const [, indent, , first] = ITEM.exec(rest[0]);
  const items = [];
  for (let item = readItem(rest, indent, first); item !== null; item = readItem(rest, indent, first)) {
    items.push(element("li", {}, ...renderItem(item, depth)));
  }
  return first === undefined ? element("ul", {}, ...items) : element("ol", { start: first === "1" ? null : first }, ...items);
}

function readItem(rest, indent, first) {
  const found = ITEM.exec(rest[0] ?? "");
  const isNext = found && found[1].length <= indent.length + 1 && (found[3] === undefined) === (first === undefined);
  if (!isNext || RULE.test(rest[0])) return null;
  rest.shift();
  const lines = [found[4]];
  const isInside = () => (/^[ \t]{2,}\S/.test(rest[0]) && countIndent(rest[0]) > indent.length) || (lines.at(-1) !== "" && isPlain(rest[0]));
  while (rest.length && (isInside() || isGap(rest, indent))) lines.push(rest.shift().replace(/^[ \t]{0,4}/, ""));
  return lines;
}

/** Tell whether the list goes on after an empty line. */
function isGap([line, below = ""], indent) {
  return !line.trim() && (ITEM.test(below) || countIndent(below) > indent.length);
}

function countIndent(line) {
  return line.length - line.trimStart().length;
}

/** Return the content of an item: a text alone stands without a paragraph. */
function renderItem(lines, depth) {
  const blocks = renderLines(lines, depth + 1);
  return blocks.flatMap((block, index) => (index === 0 && block.localName === "p" ? [...block.childNodes] : [block]));
}

function isPlain(line) {
  return line.trim() !== "" && ![FENCE, HEADING, RULE, QUOTE, ITEM].some((sign) => sign.test(line));
}

function takeParagraph(rest) {
  const lines = [rest.shift().trim()];
  while (rest.length && isPlain(rest[0]) && !isTable(rest)) lines.push(rest.shift().trim());
  return element("p", {}, ...lines.flatMap((line, index) => [...(index ? [element("br")] : []), ...renderInline(line)]));
}

/** Return a line as texts and elements. */
function renderInline(text) {
  const parts = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    parts.push(rest.slice(0, found.index), renderFound(found));
    rest = rest.slice(found.index + found[0].length);
  }
  return [...parts, rest].filter((part) => part !== "");
}

function renderFound([, code, strong, struck, label, address]) {
  if (code !== undefined) return element("code", {}, code);
  if (strong !== undefined) return element("strong", {}, ...renderInline(strong));
  if (struck !== undefined) return element("del", {}, ...renderInline(struck));
  return label === address ? label : `${label} (${address})`;
}
